/**
 * The styles of restyle (reference/pixverse-platform.md §4.9, §4.10). The vendor's own list is not published: these are
 * ours. The prompt is what a style means to an upstream that takes words instead.
 */
export interface Restyle {
  readonly id: number;
  readonly name: string;
  readonly prompt: string;
}

const restyle = (id: number, name: string, prompt: string): Restyle => ({ id, name, prompt });

/** Every style, in the order of the list. */
export const RESTYLES: readonly Restyle[] = [
  restyle(1001, 'Ink Wash', 'black ink on wet paper, soft edges'),
  restyle(1002, 'Paper Cut', 'layers of coloured paper with hard shadows'),
  restyle(1003, 'Blueprint', 'white lines on blue drafting paper'),
  restyle(1004, 'Charcoal', 'charcoal strokes on rough paper'),
  restyle(1005, 'Oil Paint', 'thick oil paint with visible brush strokes'),
  restyle(1006, 'Comic Halftone', 'comic print with halftone dots and black outlines'),
  restyle(1007, 'Pixel Blocks', 'large square pixels with a small palette'),
  restyle(1008, 'Neon Night', 'dark scene drawn in glowing neon lines'),
  restyle(1009, 'Old Film', 'faded sepia film with grain and scratches'),
  restyle(1010, 'Stained Glass', 'coloured glass panes in dark lead'),
  restyle(1011, 'Soft Clay', 'rounded shapes of modelling clay in soft light'),
  restyle(1012, 'Night Vision', 'green night vision with bright highlights'),
];

/** A style by its id. */
export function restyleOf(id: number): Restyle | undefined {
  return RESTYLES.find((known) => known.id === id);
}
