import type { RawPicture } from './look.ts';
import { addPicture, overlay, type Scene, unit } from './scene.ts';

/** A drawn mouth that opens as far as a sound is loud. */

const WIDTH = 96;
const HEIGHT = 64;
/** How far open the mouth can be drawn. */
const OPENINGS = 12;

/**
 * How loud each frame of a sound is, 0 … 1, the loudest being 1. `pcm`: mono, 16 bit little-endian. Frames after its
 * end are silent.
 */
export function loudness(pcm: Uint8Array, rate: number, fps: number, frames: number): number[] {
  const samples = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const count = Math.floor(samples.length / 2);
  const powers = Array.from({ length: frames }, (_, frame) => {
    const [from, to] = [Math.floor((frame * rate) / fps), Math.min(count, Math.floor(((frame + 1) * rate) / fps))];
    let sum = 0;
    for (let at = from; at < to; at++) sum += samples.readInt16LE(at * 2) ** 2;
    return to > from ? Math.sqrt(sum / (to - from)) : 0;
  });
  const most = powers.reduce((a, b) => Math.max(a, b), 1);
  return powers.map((power) => power / most);
}

/** Puts a mouth over the video, its middle at a place in shares of the frame. `openings`: 0 … 1 for every frame. */
export function drawMouth(
  scene: Scene,
  openings: readonly number[],
  at: { readonly x: number; readonly y: number },
): void {
  const drawn = Array.from({ length: OPENINGS + 1 }, (_, step) => mouth(step / OPENINGS));
  const size = WIDTH * HEIGHT * 4;
  const pixels = new Uint8Array(size * openings.length);
  openings.forEach((opening, frame) => {
    const step = Math.round(Math.min(1, Math.max(0, opening)) * OPENINGS);
    pixels.set(drawn[step] ?? [], frame * size);
  });
  const film: RawPicture & { count: number } = { width: WIDTH, height: HEIGHT, pixels, count: openings.length };
  const source = addPicture(scene, 'mouth.rgba', film);
  const width = 2 * Math.round(unit(scene, 120) / 2);
  const height = 2 * Math.round((width * HEIGHT) / WIDTH / 2);
  overlay(scene, source, `scale=${width}:${height}:flags=bicubic,format=yuva420p`, `W*${at.x}-w/2`, `H*${at.y}-h/2`);
}

const LIPS = [178, 46, 66] as const;
const INSIDE = [38, 8, 16] as const;
const TEETH = [240, 236, 228] as const;

/** Lips on a light plate, open by a share. RGBA. */
function mouth(opening: number): Uint8Array {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
  const within = (x: number, y: number, across: number, along: number) => (x / across) ** 2 + (y / along) ** 2;
  for (let row = 0, at = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++, at += 4) {
      const x = column + 0.5 - WIDTH / 2;
      const y = row + 0.5 - HEIGHT / 2;
      const plate = within(x, y, 46, 30);
      const lips = within(x, y, 38, 7 + 17 * opening);
      const inside = within(x, y, 30, 0.8 + 14 * opening);
      const teeth = y < -5 * opening && opening > 0.25;
      const colour = inside < 1 ? (teeth ? TEETH : INSIDE) : lips < 1 ? LIPS : ([244, 214, 196] as const);
      pixels.set(colour, at);
      pixels[at + 3] = plate < 0.9 ? 235 : plate < 1 ? (1 - plate) * 2350 : 0;
    }
  }
  return pixels;
}
