import type { EngineJob, MediaInfo } from '../../contracts/media.ts';
import { expectationOf, RENDER_FPS } from '../../core/expectation.ts';
import type { FrameSize } from '../../core/frame.ts';
import type { InputKind, InputRole, JobRequest } from '../../core/request.ts';
import { inputArgs } from '../../media/check.ts';
import { uprightFilters } from '../../media/orientation.ts';
import { type Random, seededRandom } from '../../std/random.ts';
import type { FontMetrics } from './font.ts';
import { closeScene, groundChain, RESULT_FILE } from './graphs.ts';
import type { RawPicture } from './look.ts';
import { addInput, addSoundInput, filter, openScene, paint, type Scene } from './scene.ts';

/** One call of the engine, with the font and the inputs in its folder besides the files named. */
export interface EngineCall extends Pick<EngineJob, 'argv' | 'outputs'> {
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Seconds of video it renders: tells the attempt's progress. Absent for preparations. */
  readonly durationS?: number;
}

/** An input of a request, which every call finds in its folder as `file`. */
export interface StudioInput {
  readonly role: InputRole;
  readonly kind: InputKind;
  readonly name?: string;
  readonly info: MediaInfo;
  readonly file: string;
}

/** What an operation is drawn with. */
export interface Studio {
  readonly request: JobRequest;
  /** In the request's order. */
  readonly inputs: readonly StudioInput[];
  readonly font: FontMetrics;
  run(call: EngineCall): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** One file that was made. */
export interface Made {
  readonly role: 'video' | 'image';
  /** Its name on the shelf. */
  readonly file: string;
  /** What a mask shows. */
  readonly name?: string;
  readonly bytes: Uint8Array;
}

/** How one operation is carried out. */
export interface Drawing {
  /** Can a request with these inputs and settings be drawn? */
  supports(request: JobRequest): boolean;
  /** Draws it. The first of what is made is the job's result. */
  draw(studio: Studio): Promise<readonly Made[]>;
}

/** The name of an input in the folder of every call. */
export const inputFile = (index: number): string => `input${index}`;

/** How many inputs of a kind has a request in a role? */
export function countInputs({ inputs }: Pick<JobRequest, 'inputs'>, role: InputRole, kind: InputKind): number {
  return inputs.filter((input) => input.role === role && input.kind === kind).length;
}

/** The inputs of a kind, of a role or of any. */
export function inputsOf({ inputs }: Studio, kind: InputKind, role?: InputRole): StudioInput[] {
  return inputs.filter((input) => input.kind === kind && (role === undefined || input.role === role));
}

/** The first input of a kind. Throws RangeError where there is none: `supports` would have refused the request. */
export function inputOf(studio: Studio, kind: InputKind, role?: InputRole): StudioInput {
  const [first] = inputsOf(studio, kind, role);
  if (first === undefined) throw new RangeError(`the request has no ${role ?? ''} ${kind}`);
  return first;
}

/** A scene in the size and length that the result has to have, and a source of chance that only the request decides. */
export interface Stage {
  readonly scene: Scene;
  readonly random: Random;
  /** Must the result sound? */
  readonly audio: boolean;
}

/** @param lengthS seconds, where neither the request nor its inputs say any. */
export function openStage({ request, inputs, font }: Studio, lengthS = 5): Stage {
  const infos = inputs.map(({ info }) => info);
  const { size, durationMs, audio } = expectationOf(request, infos);
  if (size === null) throw new RangeError('nothing decides the frame');
  const frames = Math.max(1, Math.round(((durationMs ?? lengthS * 1000) * RENDER_FPS) / 1000));
  return { scene: openScene(size, frames, font), random: seededRandom(request.seed), audio: audio ?? false };
}

/** Renders a scene into the one video of an operation. `sound`: chains that end in `[a]`, or null. */
export async function film(studio: Studio, scene: Scene, sound: string | null): Promise<readonly Made[]> {
  filter(scene, `trim=end_frame=${scene.frames},setsar=1,format=yuv420p`);
  const outputs = await studio.run(closeScene(scene, sound));
  return [{ role: 'video', file: RESULT_FILE, bytes: made(outputs, RESULT_FILE) }];
}

/** An output of a call. */
export function made(outputs: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = outputs.get(name);
  if (bytes === undefined) throw new RangeError(`the call did not name ${name}`);
  return bytes;
}

const fill = ({ width, height }: FrameSize) =>
  `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=bicubic:out_color_matrix=bt709:out_range=tv,crop=${width}:${height},setsar=1`;

/**
 * A picture upright, filling a frame, as raw RGB. Large pictures are made small one at a time: an engine that had to
 * hold all of them at once would run out of memory.
 */
export async function still(studio: Studio, input: StudioInput, frame: FrameSize): Promise<RawPicture> {
  return { ...frame, pixels: await stillAs(studio, input, frame, ['-pix_fmt', 'rgb24', '-f', 'rawvideo']) };
}

/** The same as a JPEG. */
export function stillJpeg(studio: Studio, input: StudioInput, frame: FrameSize): Promise<Uint8Array> {
  return stillAs(studio, input, frame, JPEG);
}

/** A JPEG of high quality. The WebAssembly build's search for optimal Huffman tables hangs or crashes on busy pictures. */
export const JPEG: readonly string[] = [
  ...['-c:v', 'mjpeg', '-q:v', '2', '-huffman', 'default', '-map_metadata', '-1', '-fflags', '+bitexact'],
  ...['-flags:v', '+bitexact', '-f', 'mjpeg'],
];

/** A still of a picture, or of the middle of a video. */
async function stillAs({ run }: Studio, { info, file }: StudioInput, frame: FrameSize, form: readonly string[]) {
  const upright = ['trim=end_frame=1', ...uprightFilters(info.orientation), fill(frame)].join(',');
  const chains = [
    `[0:v:0]${upright},format=yuva444p[picture]`,
    groundChain(frame),
    '[ground][picture]overlay=format=auto,scale=in_color_matrix=bt709:in_range=tv:out_range=pc,format=rgb24[out]',
  ];
  const seek = info.kind === 'video' ? ['-ss', (info.durationMs / 2000).toFixed(3)] : [];
  const outputs = await run({
    argv: [
      ...['-v', 'error', ...seek, ...inputArgs(info, file), '-filter_complex', chains.join(';'), '-map', '[out]'],
      ...['-frames:v', '1', ...form, 'still'],
    ],
    outputs: ['still'],
  });
  return made(outputs, 'still');
}

/** What was opened of a video. */
export interface OpenVideo {
  /** Pad of its frames. */
  readonly frames: string;
  /** Pad of its sound; null where it has none. */
  readonly sound: string | null;
}

/** Adds a video as an input. */
export function addVideo(scene: Scene, { info, file }: StudioInput): OpenVideo {
  const frames = addInput(scene, inputArgs(info, file)).replace(':v', ':v:0');
  return { frames, sound: info.hasAudio ? frames.replace(':v:0', ':a:0') : null };
}

/** Adds a sound, or the sound of a video, as an input; returns its pad. */
export function addSound(scene: Scene, { info, file }: StudioInput): string {
  return addSoundInput(scene, inputArgs(info, file));
}

/**
 * A video's frames at our rate, filling a frame, exactly `count` of them: the last one stays where there are fewer.
 * Frames that come at our rate already are kept one for one; the rate filter would drop the last.
 */
export function framesAs({ fps, frames, durationMs }: MediaInfo, frame: FrameSize, count: number): string {
  const steady =
    fps !== null && Math.abs(fps - RENDER_FPS) < 0.01 && frames === Math.round((durationMs * RENDER_FPS) / 1000);
  return [
    steady ? `settb=1/${RENDER_FPS},setpts=N` : `fps=${RENDER_FPS},settb=1/${RENDER_FPS},setpts=N`,
    fill(frame),
    'format=yuv420p',
    `tpad=stop=-1:stop_mode=clone,trim=end_frame=${count}`,
  ].join(',');
}

/** Starts a scene with a video as it runs; its last frame stays where it is shorter than the scene. */
export function playVideo(scene: Scene, source: StudioInput): OpenVideo {
  const video = addVideo(scene, source);
  paint(scene, video.frames, framesAs(source.info, scene.frame, scene.frames));
  return video;
}

/** How many of our frames a video comes to. */
export function frameCount({ durationMs }: MediaInfo): number {
  return Math.max(1, Math.round((durationMs * RENDER_FPS) / 1000));
}
