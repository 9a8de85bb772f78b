import type { AspectRatio, Quality } from './request.ts';

/** Credits, for every quality or by quality. */
export type TemplatePrice = number | Readonly<Partial<Record<Quality, number>>>;

/** A template (effect) of videos or of pictures: what it takes, and what it makes of it. */
export interface Template {
  readonly id: number;
  readonly name: string;
  readonly makes: 'video' | 'image';
  /** How many pictures it takes. */
  readonly pictures: { readonly min: number; readonly max: number };
  /** Seconds of the video, whatever was asked for; 0 for pictures. */
  readonly durationS: number;
  readonly qualities: readonly Quality[];
  /** The frame where no picture decides it. */
  readonly ratio: AspectRatio;
  /** Credits of what it makes, whatever its length. Absent: the price of templates, by the second. */
  readonly price?: TemplatePrice;
  /** Every tenant may use it without activating it. */
  readonly open: boolean;
  /** What it means to our renderer. */
  readonly prompt: string;
}
