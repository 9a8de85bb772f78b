import { RENDER_FPS } from '../../../core/expectation.ts';
import { type Random, randomInt } from '../../../std/random.ts';
import { COLOURS, factsOf, slowMove } from '../graphs.ts';
import { addPicture, drawStrips, type Span, STILL } from '../scene.ts';
import { addSoundtrack } from '../sound.ts';
import { countInputs, type Drawing, film, inputsOf, openStage, type Stage, type Studio, still } from '../studio.ts';

/** How one picture gives way to the next; the seed chooses. */
const WAYS = ['fade', 'smoothleft', 'smoothup', 'circleopen', 'radial'] as const;

/** The share of the way between two pictures at which the one begins to give way, and at which the next one is all there is. */
const FADE_FROM = 0.2;
const FADE_TO = 0.8;

/** One picture's part of the video, frames. */
interface Leg {
  readonly from: number;
  readonly to: number;
}

/** When each picture comes and is gone, where picture `k` has its time at `stops[k]`. */
function legsOf(stops: readonly number[]): Leg[] {
  const between = (index: number, share: number) => {
    const [from = 0, to = from] = [stops[index], stops[index + 1]];
    return Math.round(from + (to - from) * share);
  };
  return stops.map((stop, index) => ({
    from: index === 0 ? 0 : between(index - 1, FADE_FROM),
    to: index === stops.length - 1 ? stop : Math.max(between(index, FADE_FROM) + 1, between(index, FADE_TO)),
  }));
}

/** The first picture's first frame and the last one's last frame are the pictures themselves. */
async function journey(studio: Studio, stage: Stage, stops: readonly number[]): Promise<void> {
  const { scene, random } = stage;
  const legs = legsOf(stops);
  const pictures = inputsOf(studio, 'image').slice(0, legs.length);
  for (const [index, picture] of pictures.entries()) {
    const { from, to } = legs[index] ?? { from: 0, to: 1 };
    const pad = addPicture(scene, `stop${index}.rgb`, await still(studio, picture, scene.frame));
    const way = index === pictures.length - 1 ? 'outwards' : 'inwards';
    const move = `${slowMove(to - from, random, way)},trim=end_frame=${to - from}`;
    scene.chains.push(`${pad}scale=${COLOURS},format=yuv420p,${STILL},${move}[leg${index}]`);
  }
  const way = crossings(random);
  for (let index = 1; index < pictures.length; index++) {
    const before = index === 1 ? '[leg0]' : `[way${index - 1}]`;
    const from = legs[index]?.from ?? 0;
    const frames = Math.max(1, (legs[index - 1]?.to ?? 0) - from);
    const fade = `xfade=transition=${way()}:duration=${seconds(frames)}:offset=${seconds(from)}`;
    scene.chains.push(`${before}[leg${index}]${fade}[way${index}]`);
  }
  scene.chains.push(`[way${pictures.length - 1}]trim=end_frame=${scene.frames},setpts=N/${RENDER_FPS}/TB[v0]`);
}

const seconds = (frames: number) => (frames / RENDER_FPS).toFixed(6);

function crossings(random: Random): () => string {
  return () => WAYS[randomInt(random, WAYS.length)] ?? WAYS[0];
}

async function finish(studio: Studio, stage: Stage, captions: readonly { text: string; span?: Span }[]) {
  const { scene, random } = stage;
  drawStrips(scene, { facts: factsOf(studio.request, scene.frames), captions });
  return film(studio, scene, stage.audio ? addSoundtrack(scene, studio.request, random) : null);
}

/** From the first picture to the last. */
export const transition: Drawing = {
  supports: (request) =>
    request.durationS > 0 &&
    request.quality !== null &&
    request.inputs.length === 2 &&
    request.inputs[0]?.role === 'first-frame' &&
    countInputs(request, 'first-frame', 'image') === 1 &&
    countInputs(request, 'last-frame', 'image') === 1,
  async draw(studio) {
    const stage = openStage(studio);
    await journey(studio, stage, [0, stage.scene.frames]);
    return finish(studio, stage, [{ text: studio.request.prompt }]);
  },
};

/** Past every picture at its time; what lies between two of them is a segment with a length and a prompt of its own. */
export const multiTransition: Drawing = {
  supports(request) {
    const pictures = countInputs(request, 'frame', 'image');
    const segments = request.options?.segments ?? [];
    const sane = segments.every(({ durationS }) => durationS > 0);
    const { quality, durationS, inputs } = request;
    return (
      quality !== null &&
      durationS > 0 &&
      pictures >= 2 &&
      pictures === inputs.length &&
      sane &&
      segments.length === pictures - 1
    );
  },
  async draw(studio) {
    const stage = openStage(studio);
    const segments = studio.request.options?.segments ?? [];
    let atS = 0;
    const stops = [0];
    const captions = segments.map(({ durationS, prompt }) => {
      const span = { fromS: atS, toS: atS + durationS };
      atS = span.toS;
      stops.push(Math.min(stage.scene.frames, Math.round(atS * RENDER_FPS)));
      return { text: prompt || studio.request.prompt, span };
    });
    stops[stops.length - 1] = stage.scene.frames;
    await journey(studio, stage, stops);
    return finish(studio, stage, captions);
  },
};
