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

/** Adds an input; returns its pad. */
export function addInput(scene: Scene, argv: readonly string[]): string {
  scene.inputs.push(...argv);
  return `[${scene.inputCount++}:v]`;
}

/** Adds a raw picture as an input. */
export function addPicture(scene: Scene, name: string, picture: RawPicture): string {
  const format = picture.pixels.length === picture.width * picture.height * 4 ? 'rgba' : 'rgb24';
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

/** Puts a layer over the video; `x` and `y` may be expressions of the frame's time. */
export function overlay(scene: Scene, source: string, filters: string, x: string, y: string): void {
  const layer = `[layer${scene.layers}]`;
  scene.chains.push(`${source}${filters}${layer}`);
  scene.chains.push(`[v${scene.layers}]${layer}overlay=x='${x}':y='${y}'[v${++scene.layers}]`);
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
    ].join(':'),
  );
}

/** Draws a caption's lines, each centred, the first one's baseline at `top` plus the font's height. */
function drawLines(scene: Scene, caption: Caption, top: number): void {
  caption.lines.forEach((line, index) => {
    const baseline = Math.round(top + caption.size * 0.95 + index * caption.leading);
    const style = { size: caption.size, x: '(w-text_w)/2', baseline: String(baseline), colour: 'white', plate: 0 };
    drawText(scene, `line${index}.txt`, line, style);
  });
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
