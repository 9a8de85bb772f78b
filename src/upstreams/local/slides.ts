import { RENDER_FPS } from '../../core/expectation.ts';
import type { Random } from '../../std/random.ts';
import { COLOURS, paintLights, slowMove } from './graphs.ts';
import { addInput, addPicture, paint, type Scene, type Span, STILL } from './scene.ts';
import { type Studio, type StudioInput, still, stillJpeg } from './studio.ts';

/**
 * Pictures one after the other, fading into each other under one slow move; soft lights where there are none. Many
 * pictures are one input, decoded one at a time.
 */
export async function paintSlides(
  studio: Studio,
  scene: Scene,
  pictures: readonly StudioInput[],
  random: Random,
): Promise<void> {
  const [only] = pictures;
  const move = slowMove(scene.frames, random);
  if (only === undefined) return paintLights(scene, random);
  if (pictures.length === 1) {
    const pad = addPicture(scene, 'slide.rgb', await still(studio, only, scene.frame));
    return paint(scene, pad, `scale=${COLOURS},format=yuv420p,${STILL},${move}`);
  }
  const shown = pictures.slice(0, Math.max(1, scene.frames));
  for (const [index, picture] of shown.entries()) {
    const name = `slide${String(index).padStart(3, '0')}.jpg`;
    scene.files[name] = await stillJpeg(studio, picture, scene.frame);
  }
  const rate = (times: number) => `${RENDER_FPS * shown.length * times}/${scene.frames}`;
  const pad = addInput(scene, ['-f', 'image2', '-framerate', rate(1), '-i', 'slide%03d.jpg']);
  const plain = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1';
  // Every slide stands for three quarters of its time and fades into the next one in the last.
  const fades =
    shown.length * 4 < scene.frames
      ? `fps=${rate(4)},framerate=fps=${RENDER_FPS}:interp_start=0:interp_end=255:scene=100,`
      : '';
  const held = `fps=${RENDER_FPS},tpad=stop=-1:stop_mode=clone,trim=end_frame=${scene.frames},setpts=N/${RENDER_FPS}/TB`;
  paint(scene, pad, `${plain},${fades}${held},${move}`);
}

/** A text in pieces of its own sentences, each shown for a share of the video; at most `max` of them. */
export function captionsOf(text: string, frames: number, max = 12): { text: string; span: Span }[] {
  const sentences = text.split(/(?<=[.!?。！？])\s*|\n+/u).filter((sentence) => sentence.trim() !== '');
  const per = Math.ceil(sentences.length / max);
  const count = per === 0 ? 0 : Math.ceil(sentences.length / per);
  const seconds = frames / RENDER_FPS;
  return Array.from({ length: count }, (_, index) => ({
    text: sentences.slice(index * per, (index + 1) * per).join(' '),
    span: {
      fromS: (seconds * index) / count,
      toS: index === count - 1 ? seconds + 1 : (seconds * (index + 1)) / count,
    },
  }));
}
