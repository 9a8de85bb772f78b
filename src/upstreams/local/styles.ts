import type { FrameSize } from '../../core/frame.ts';

/** What a style does to every frame. Looks are made of filters only: they change what is there, and draw nothing new. */
export interface Look {
  /** Words in a prompt that ask for it. */
  readonly words: RegExp;
  /** A chain of filters. */
  readonly filters: (frame: FrameSize) => string;
}

const steps = (size: number) => `lutyuv=y='floor(val/${size})*${size}+${Math.round(size / 3)}'`;

/** By the ids in the list of styles (1001 …) that doors show, in its order. */
export const LOOKS: readonly Look[] = [
  {
    words: /\bink|wash|noir|monochrome|black and white/i,
    filters: () => 'hue=s=0,avgblur=2,eq=contrast=1.7:brightness=0.06',
  },
  { words: /paper|cut-?out|flat|anime|cartoon/i, filters: () => `avgblur=2,${steps(56)},hue=s=1.7` },
  {
    words: /blueprint|draft|technical/i,
    filters: () => "edgedetect=low=0.04:high=0.12,format=yuv420p,lutyuv=y='val*0.65+70':u=168:v=104",
  },
  { words: /charcoal|pencil|sketch|drawing/i, filters: () => 'edgedetect=low=0.04:high=0.12,negate,format=yuv420p' },
  { words: /\boil|paint|watercolou?r|impression/i, filters: () => 'avgblur=5,hue=s=1.7,eq=contrast=1.2' },
  {
    words: /comic|halftone|manga/i,
    filters: () => `edgedetect=mode=colormix:low=0.05:high=0.15,format=yuv420p,hue=s=2,${steps(40)}`,
  },
  {
    words: /pixel|8-?bit|blocks|voxel/i,
    filters: ({ width, height }) => {
      const size = Math.max(2, Math.round(Math.min(width, height) / 30));
      const across = Math.max(1, Math.round(width / size));
      const along = Math.max(1, Math.round(height / size));
      return `scale=${across}:${along}:flags=area,${steps(24)},scale=${width}:${height}:flags=neighbor`;
    },
  },
  {
    words: /neon|cyber|glow/i,
    filters: () => 'edgedetect=low=0.03:high=0.1,avgblur=1,format=rgb24,colorchannelmixer=rr=1.6:gg=0.35:bb=1.4',
  },
  {
    words: /sepia|vintage|retro|old|film/i,
    filters: () =>
      'colorchannelmixer=.393:.769:.189:0:.349:.686:.168:0:.272:.534:.131,noise=alls=14:allf=t:all_seed=7,vignette=PI/4',
  },
  { words: /stained|glass|mosaic/i, filters: () => `avgblur=4,${steps(64)},hue=s=2.6` },
  { words: /clay|plush|toy|plastic/i, filters: () => `avgblur=4,${steps(28)},hue=h=-14:s=1.3` },
  { words: /night|green|infrared|thermal/i, filters: () => "lutyuv=y='clip(val*1.4,16,235)':u=96:v=92" },
];

const FIRST_ID = 1001;

/** A number that a text stands for. */
export function hashOf(text: string): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  return hash;
}

/** The filters of a style: of its id, else of the words of the prompt, else chosen by them and tinted so that no two look alike. */
export function lookOf(id: number | null, prompt: string, frame: FrameSize): string {
  const known = id === null ? LOOKS.find(({ words }) => words.test(prompt)) : LOOKS[id - FIRST_ID];
  if (known) return known.filters(frame);
  const hash = hashOf(id === null ? prompt : String(id));
  const other = LOOKS[hash % LOOKS.length];
  return `${other?.filters(frame) ?? 'negate'},hue=h=${30 + (hash % 300)}`;
}
