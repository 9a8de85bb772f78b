import type { EngineJob, MediaInfo } from '../../contracts/media.ts';
import { RENDER_FPS, wantsAudio } from '../../core/expectation.ts';
import { type FrameSize, frameSize } from '../../core/frame.ts';
import type { JobRequest } from '../../core/request.ts';
import { inputArgs } from '../../media/check.ts';
import { uprightFilters } from '../../media/orientation.ts';
import { type Random, seededRandom } from '../../std/random.ts';
import type { FontMetrics } from './font.ts';
import { drawBackground, drawOrb, drawShade } from './look.ts';
import {
  addInput,
  addPicture,
  drawFoot,
  drawImprint,
  drawTitle,
  filter,
  fitFoot,
  openScene,
  overlay,
  paint,
  type Scene,
  STILL,
  unit,
} from './scene.ts';
import { addSoundtrack, SOUND_ENCODER } from './sound.ts';

/**
 * From a request to one call of the render engine. Pure: the same request, picture and font give the same call, and
 * on the WebAssembly engine the same bytes.
 */
export interface RenderPlan extends Pick<EngineJob, 'argv' | 'outputs'> {
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Seconds of video. */
  readonly durationS: number;
}

/** The name the picture of an image-to-video must have in the job's folder. */
export const PICTURE_FILE = 'picture';

/** The result's name in the job's folder. */
export const RESULT_FILE = 'video.mp4';

/** For pictures that we draw: from full-range RGB to what the encoder is told. */
export const COLOURS = 'in_color_matrix=bt709:out_color_matrix=bt709:out_range=tv';

/**
 * Plans a render. `inputs`: what the prober said of the request's pictures, in its order.
 * Throws RangeError for a request that `supports` of the driver would have refused.
 */
export function planRender(
  request: JobRequest,
  inputs: readonly MediaInfo[],
  font: FontMetrics,
  pictureFile = PICTURE_FILE,
): RenderPlan {
  const random = seededRandom(request.seed);
  const frames = Math.round(request.durationS * RENDER_FPS);
  const picture = request.operation === 'image-to-video' ? inputs[0] : undefined;
  const shape = request.aspectRatio ?? picture;
  if (shape === undefined) throw new RangeError('neither an aspect ratio nor a picture decides the frame');
  if (request.quality === null) throw new RangeError('no quality decides the frame');
  const scene = openScene(frameSize(request.quality, shape), frames, font);
  if (picture === undefined) sceneFromText(scene, request, random);
  else sceneFromPicture(scene, request, { info: picture, file: pictureFile }, random);
  filter(scene, `trim=end_frame=${frames},setsar=1,format=yuv420p`);
  return closeScene(scene, wantsAudio(request) ? addSoundtrack(scene, request, random) : null);
}

/** The call that renders a scene. `sound`: chains that end in the pad `[a]`, or null for a silent video. */
export function closeScene(scene: Scene, sound: string | null): RenderPlan {
  const chains = sound === null ? scene.chains : [...scene.chains, sound];
  return {
    argv: [
      ...['-v', 'error', ...scene.inputs, '-filter_complex', chains.join(';')],
      ...['-map', `[v${scene.layers}]`, ...(sound === null ? [] : ['-map', '[a]', ...SOUND_ENCODER])],
      ...ENCODER,
      RESULT_FILE,
    ],
    files: scene.files,
    outputs: [RESULT_FILE],
    durationS: scene.frames / RENDER_FPS,
  };
}

/**
 * H.264 that every browser plays, with nothing in it that differs between two runs. A constant quantiser: on these soft
 * grounds a constant rate factor spends a fifth more time and half as many bytes again on what nobody sees.
 */
export const ENCODER: readonly string[] = [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '23', '-g', String(2 * RENDER_FPS), '-r', String(RENDER_FPS)],
  ...['-pix_fmt', 'yuv420p', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'],
  ...['-color_range', 'tv', '-movflags', '+faststart', '-map_metadata', '-1'],
  ...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'],
];

/** Soft lights on a dark ground, seen through a window that wanders and turns; an orb that floats; the prompt. */
function sceneFromText(scene: Scene, request: JobRequest, random: Random): void {
  paintLights(scene, random);
  const diameter = unit(scene, 170);
  const orb = addPicture(scene, 'orb.rgba', drawOrb(96));
  const phase = (random.float() * 6.28).toFixed(3);
  const side = random.float() < 0.5 ? 1 : -1;
  const x = `(W-w)/2+${side}*(W-w)*0.45*sin(t*0.9+${phase})`;
  const y = `(H-h)/2+(H-h)*0.32*sin(t*0.55+${phase}*2)`;
  overlay(scene, orb, `scale=${diameter}:${diameter}:flags=bicubic,format=yuva420p,${STILL}`, x, y);
  drawTitle(scene, request.prompt);
  drawImprint(scene, factsOf(request));
}

/** Starts a scene with soft lights seen through a wandering window. */
export function paintLights(scene: Scene, random: Random): void {
  const { width, height } = scene.frame;
  const background = addPicture(scene, 'background.rgb', drawBackground(scene.frame, random));
  const wander = wanderingWindow(random);
  const enlarged = `scale=${width}:${height}:flags=bicubic:${COLOURS},format=yuv420p`;
  paint(scene, background, `scale=${COLOURS},format=yuv444p,${STILL},${wander},${enlarged}`);
}

/**
 * A perspective filter whose source window drifts and turns; expressions are in frames, so any length works. `half`: of
 * the window's side, `drift` of its middle, in shares of the picture; `turn` in radians.
 */
export function wanderingWindow(random: Random, form = { half: 0.36, drift: 0.13, turn: 0.5, pace: 1 }): string {
  const { half, drift, pace } = form;
  const wave = (seconds: number, size: number) => {
    const phase = (random.float() * 6.28).toFixed(3);
    return `${size}*sin(${((2 * Math.PI * pace) / (seconds * RENDER_FPS)).toFixed(6)}*on+${phase})`;
  };
  const turn = wave(13, form.turn);
  const x = `W*(0.5+${wave(8, drift)})`;
  const y = `H*(0.5+${wave(11, drift)})`;
  const corners = [
    [-1, -1],
    [1, -1],
    [-1, 1],
    [1, 1],
  ].map(([right = 0, down = 0], corner) => {
    const across = `${half * right}*W`;
    const along = `${half * down}*H`;
    return `x${corner}='${x}+${across}*cos(${turn})-${along}*sin(${turn})':y${corner}='${y}+${across}*sin(${turn})+${along}*cos(${turn})'`;
  });
  return `perspective=${corners.join(':')}:eval=frame`;
}

/** The picture fills the frame under a slow zoom towards a seeded point; the prompt is a caption at its foot. */
function sceneFromPicture(
  scene: Scene,
  request: JobRequest,
  { info: picture, file }: { readonly info: MediaInfo; readonly file: string },
  random: Random,
): void {
  const source = addInput(scene, inputArgs(picture, file));
  const { width, height } = scene.frame;
  const fill = `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic:out_color_matrix=bt709:out_range=tv`;
  const upright = ['trim=end_frame=1', ...uprightFilters(picture.orientation), fill, `crop=${width}:${height}`];
  scene.chains.push(`${source}${upright.join(',')},setsar=1,format=yuva444p[picture]`);
  scene.chains.push(groundChain(scene.frame));
  paint(scene, '[ground][picture]', `overlay=format=auto,format=yuv420p,${STILL},${slowMove(scene.frames, random)}`);
  const foot = fitFoot(scene, request.prompt);
  const shadeHeight = Math.min(height, height - Math.round(foot.top) + unit(scene, 40));
  const shade = addPicture(scene, 'shade.rgba', drawShade(64));
  overlay(scene, shade, `scale=${width}:${shadeHeight},format=yuva420p,${STILL}`, '0', `H-${shadeHeight}`);
  drawFoot(scene, foot);
  drawImprint(scene, factsOf(request));
}

/** Transparent parts of a picture show a ground of our own, not whatever colour their pixels hold. */
export function groundChain({ width, height }: FrameSize): string {
  return `color=c=0x15182a:s=${width}x${height}:r=${RENDER_FPS},trim=end_frame=1,format=yuv444p[ground]`;
}

/** How much larger the picture becomes in a second, and at most. */
const ZOOM_PER_SECOND = 0.05;
const ZOOM_MAX = 0.22;

/**
 * In or out, towards a point away from the middle; the window never leaves the picture. `inwards`: the first frame is
 * the picture itself; false: the last one is. Where absent, the seed decides.
 */
export function slowMove(frames: number, random: Random, way?: 'inwards' | 'outwards'): string {
  const inwards = way === undefined ? random.float() < 0.5 : way === 'inwards';
  const most = Math.min(ZOOM_MAX, (ZOOM_PER_SECOND * frames) / RENDER_FPS).toFixed(4);
  const share = `on/${Math.max(1, frames - 1)}`;
  const zoom = inwards ? `(1+${most}*${share})` : `(1+${most}-${most}*${share})`;
  const towards = () => ((random.float() < 0.5 ? -1 : 1) * (0.4 + 0.5 * random.float())).toFixed(3);
  const half = `0.5/${zoom}`;
  const [alongX, alongY] = [towards(), towards()];
  const low = (size: string, along: string) => `${size}*(0.5+${along}*(0.5-${half})-${half})`;
  const high = (size: string, along: string) => `${size}*(0.5+${along}*(0.5-${half})+${half})`;
  const [left, right] = [low('W', alongX), high('W', alongX)];
  const [top, bottom] = [low('H', alongY), high('H', alongY)];
  const corners = `x0='${left}':y0='${top}':x1='${right}':y1='${top}':x2='${left}':y2='${bottom}':x3='${right}':y3='${bottom}'`;
  return `perspective=${corners}:eval=frame`;
}

/** One line that says how the video came about. */
export function factsOf(request: JobRequest, frames = request.durationS * RENDER_FPS): string {
  const { operation, model, quality, seed } = request;
  const seconds = `${Number((frames / RENDER_FPS).toFixed(2))} s`;
  const facts = [operation.replaceAll('-', ' '), model, quality ?? '', seconds, `seed ${seed}`];
  return facts.filter((fact) => fact !== '').join(' · ');
}
