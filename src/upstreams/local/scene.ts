import { RENDER_FPS } from '../../core/expectation.ts';
import type { FrameSize } from '../../core/frame.ts';
import { type Caption, fitCaption } from './caption.ts';
import type { FontMetrics } from './font.ts';
import type { RawPicture } from './look.ts';

/**
 * A filter graph in the making: inputs, files and chains. The video's current pad is always `[v]` plus a number, so
 * layers are put on in the order of the calls.
 */
export interface Scene {
  readonly frame: FrameSize;
  readonly frames: number;
  readonly font: FontMetrics;
  readonly inputs: string[];
  readonly files: Record<string, Uint8Array>;
  readonly chains: string[];
  layers: number;
  inputCount: number;
}

export function openScene(frame: FrameSize, frames: number, font: FontMetrics): Scene {
  return { frame, frames, font, inputs: [], files: {}, chains: [], layers: 0, inputCount: 0 };
}

/** The font's name in the job's folder. */
export const FONT_FILE = 'font.ttf';

/** One still frame, repeated without end at our frame rate. */
export const STILL = `loop=loop=-1:size=1:start=0,setpts=N/${RENDER_FPS}/TB`;

/** Pixels of the layout at a short side of 360, scaled to the frame. */
export function unit(scene: Scene, pixels: number): number {
  return Math.max(1, Math.round((pixels * Math.min(scene.frame.width, scene.frame.height)) / 360));
}

/** Adds an input; returns the pad of its pictures. */
export function addInput(scene: Scene, argv: readonly string[]): string {
  scene.inputs.push(...argv);
  return `[${scene.inputCount++}:v]`;
}

/** Adds an input that sounds; returns the pad of its first sound. */
export function addSoundInput(scene: Scene, argv: readonly string[]): string {
  return addInput(scene, argv).replace(':v', ':a:0');
}

/** Adds raw pictures of one size as an input, one or one after the other. */
export function addPicture(scene: Scene, name: string, picture: RawPicture & { readonly count?: number }): string {
  const format = picture.pixels.length === picture.width * picture.height * 4 * (picture.count ?? 1) ? 'rgba' : 'rgb24';
  scene.files[name] = picture.pixels;
  const shape = ['-pixel_format', format, '-video_size', `${picture.width}x${picture.height}`];
  return addInput(scene, ['-f', 'rawvideo', ...shape, '-framerate', String(RENDER_FPS), '-i', name]);
}

/** Starts the video from a chain without pads. */
export function paint(scene: Scene, source: string, filters: string): void {
  scene.chains.push(`${source}${filters}[v0]`);
}

/** Puts filters on the video. */
export function filter(scene: Scene, filters: string): void {
  scene.chains.push(`[v${scene.layers}]${filters}[v${++scene.layers}]`);
}

/** A span of the video's time, seconds. */
export interface Span {
  readonly fromS: number;
  readonly toS: number;
}

/** Says to a filter when it is on; from `fromS` on, and no more at `toS`. */
const during = (span: Span | undefined): string =>
  span === undefined ? '' : `:enable='gte(t,${span.fromS.toFixed(3)})*lt(t,${span.toS.toFixed(3)})'`;

/** Puts a layer over the video; `x` and `y` may be expressions of the frame's time. */
export function overlay(scene: Scene, source: string, filters: string, x: string, y: string, span?: Span): void {
  const layer = `[layer${scene.layers}]`;
  scene.chains.push(`${source}${filters}${layer}`);
  scene.chains.push(`[v${scene.layers}]${layer}overlay=x='${x}':y='${y}'${during(span)}[v${++scene.layers}]`);
}

/** How a text is drawn. Colours as FFmpeg spells them. */
interface TextStyle {
  readonly size: number;
  readonly x: string;
  /** The baseline, an expression. */
  readonly baseline: string;
  readonly colour: string;
  /** Pixels of the dark plate around it; 0 for a soft shadow instead. */
  readonly plate: number;
  /** True only for texts of ours that hold `%{…}`. */
  readonly expand?: boolean;
  readonly span?: Span;
}

function drawText(scene: Scene, name: string, text: string, style: TextStyle): void {
  scene.files[name] = Buffer.from(text);
  const shadow = Math.max(1, Math.round(style.size / 18));
  filter(
    scene,
    [
      `drawtext=fontfile=${FONT_FILE}:textfile=${name}:expansion=${style.expand ? 'normal' : 'none'}`,
      `fontsize=${style.size}:fontcolor=${style.colour}`,
      `x='${style.x}':y='${style.baseline}-max_glyph_a'`,
      style.plate > 0
        ? `box=1:boxcolor=black@0.38:boxborderw=${style.plate}`
        : `shadowcolor=black@0.5:shadowx=${shadow}:shadowy=${shadow}`,
    ].join(':') + during(style.span),
  );
}

/** Where and when the lines of a caption are drawn. */
interface LinesStyle {
  /** Where the lines are centred, an expression; the frame's middle where absent. */
  readonly x?: string;
  readonly span?: Span;
  /** Tells its files from those of other captions. */
  readonly name?: string;
  /** Pixels of a dark plate; a soft shadow where absent. */
  readonly plate?: number;
}

/** Draws a caption's lines, each centred, the first one's baseline at `top` plus the font's height. */
function drawLines(
  scene: Scene,
  caption: Caption,
  top: number,
  { x, span, name = 'line', plate = 0 }: LinesStyle = {},
): void {
  caption.lines.forEach((line, index) => {
    const baseline = Math.round(top + caption.size * 0.95 + index * caption.leading);
    const centre = x === undefined ? '(w-text_w)/2' : `${x}-text_w/2`;
    const style = { size: caption.size, x: centre, baseline: String(baseline), colour: 'white', plate };
    drawText(scene, `${name}${index}.txt`, line, span === undefined ? style : { ...style, span });
  });
}

/** A line of text under a card: centred at `x`, an expression, and cut off at a width. */
export function drawLabel(
  scene: Scene,
  name: string,
  text: string,
  place: { readonly x: string; readonly top: number; readonly width: number },
): void {
  const size = unit(scene, 14);
  const caption = fitCaption(
    text,
    { width: place.width, height: 2 * size, sizeMax: size, sizeMin: unit(scene, 9), linesMax: 1 },
    scene.font,
  );
  drawLines(scene, caption, place.top, { x: place.x, name, plate: unit(scene, 4) });
}

/** The prompt in the middle of the frame. */
export function drawTitle(scene: Scene, prompt: string): void {
  const { width, height } = scene.frame;
  const box = {
    width: width - unit(scene, 64),
    height: height - unit(scene, 150),
    sizeMax: unit(scene, 34),
    sizeMin: unit(scene, 14),
    linesMax: 18,
  };
  const caption = fitCaption(prompt, box, scene.font);
  drawLines(scene, caption, (height - caption.lines.length * caption.leading) / 2);
}

/** The prompt at the foot of the frame; returns the height it takes with its margins. */
export function fitFoot(scene: Scene, prompt: string): { caption: Caption; top: number } {
  const { width, height } = scene.frame;
  const box = {
    width: width - unit(scene, 48),
    height: height / 3,
    sizeMax: unit(scene, 22),
    sizeMin: unit(scene, 13),
    linesMax: 4,
  };
  const caption = fitCaption(prompt, box, scene.font);
  return { caption, top: height - unit(scene, 44) - caption.lines.length * caption.leading };
}

export function drawFoot(scene: Scene, { caption, top }: { caption: Caption; top: number }): void {
  drawLines(scene, caption, top);
}

/** Heights of the strips at the edges of a video that was made from a video. Pixels of the layout. */
const HEAD_STRIP = 42;
const FOOT_STRIP = 34;
const FOOT_STRIP_WITH_TEXT = 78;

/** What is written on the strips. */
export interface Strips {
  readonly facts: string;
  /** What was asked for, and when it is shown; nothing where empty. */
  readonly captions: readonly { readonly text: string; readonly span?: Span }[];
}

/**
 * Black strips at both edges with what the video says about itself. They cover what an earlier render wrote there: a
 * video of ours that is worked on again stays legible.
 */
export function drawStrips(scene: Scene, { facts, captions }: Strips): void {
  const { width } = scene.frame;
  const texts = captions.filter(({ text }) => text.trim() !== '');
  const foot = unit(scene, texts.length > 0 ? FOOT_STRIP_WITH_TEXT : FOOT_STRIP);
  const strip = (y: string, height: number) => `drawbox=x=0:y=${y}:w=iw:h=${height}:color=0x0b0d16:t=fill`;
  filter(scene, `${strip('0', unit(scene, HEAD_STRIP))},${strip(`ih-${foot}`, foot)}`);
  texts.forEach(({ text, span }, index) => {
    const room = foot - unit(scene, 34);
    const box = {
      width: width - unit(scene, 48),
      height: room,
      sizeMax: unit(scene, 16),
      sizeMin: unit(scene, 11),
      linesMax: 3,
    };
    const caption = fitCaption(text, box, scene.font);
    const top = scene.frame.height - foot + unit(scene, 6) + (room - caption.lines.length * caption.leading) / 2;
    const name = index === 0 ? 'line' : `line${index}x`;
    drawLines(scene, caption, top, span === undefined ? { name } : { name, span });
  });
  drawImprint(scene, facts);
}

/**
 * What every render says about itself: what made it at the top left, the time at the top right, the facts of the job
 * at the foot, and a line along the lower edge that grows with the time.
 */
export function drawImprint(scene: Scene, facts: string): void {
  const { frame, frames } = scene;
  const margin = unit(scene, 18);
  const small = unit(scene, 12);
  const top = String(margin + small);
  const plate = unit(scene, 5);
  const seconds = Number((frames / RENDER_FPS).toFixed(2));
  const clock = `%{eif:t:d}.%{eif:mod(t*10,10):d} / ${seconds} s`;
  const label = { size: small, baseline: top, colour: 'white@0.92', plate };
  drawText(scene, 'imprint.txt', 'Reelpool sandbox · no AI', { ...label, x: String(margin) });
  drawText(scene, 'clock.txt', clock, { ...label, x: `w-text_w-${margin}`, expand: true });
  const foot = String(frame.height - unit(scene, 20));
  const factsSize = unit(scene, 10);
  const factsStyle = { size: factsSize, x: '(w-text_w)/2', baseline: foot, colour: 'white@0.8', plate: 0 };
  drawText(scene, 'facts.txt', facts, factsStyle);
  const bar = 2 * Math.max(1, Math.round(unit(scene, 5) / 2));
  const line = `color=c=0xf4f1ff:s=${frame.width}x${bar}:r=${RENDER_FPS}`;
  overlay(scene, '', line, `-w+w*(n+1)/${frames}`, `H-${bar}`);
}
