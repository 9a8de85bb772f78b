import type { AspectRatio, Quality } from './request.ts';

/** Width and height in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** Widest picture ratio that is kept; wider ones are cut to it, and taller ones to its inverse. */
const RATIO_MAX = 21 / 9;

/**
 * The frame of a video: its short side is the number in the quality, the long side follows from the ratio, rounded to
 * an even number of pixels (H.264 with 4:2:0 colour has no odd sides). A picture's own ratio is kept between 21:9 and
 * 9:21. Throws RangeError for a picture without pixels.
 */
export function frameSize(quality: Quality, shape: AspectRatio | FrameSize): FrameSize {
  const short = Number.parseInt(quality, 10);
  const ratio = ratioOf(shape);
  return ratio >= 1 ? { width: even(short * ratio), height: short } : { width: short, height: even(short / ratio) };
}

function ratioOf(shape: AspectRatio | FrameSize): number {
  if (typeof shape === 'string') {
    const [wide = 1, high = 1] = shape.split(':').map(Number);
    return wide / high;
  }
  if (!(shape.width > 0 && shape.height > 0)) throw new RangeError(`no picture has ${shape.width} × ${shape.height}`);
  return Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, shape.width / shape.height));
}

/** The nearest even number of pixels: H.264 with 4:2:0 colour has no odd sides. */
export function even(pixels: number): number {
  return 2 * Math.round(pixels / 2);
}
