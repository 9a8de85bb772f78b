/** Draws operations with real media for tests, and looks at what came out with eyes that are not the renderer's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { EngineJob, Media, MediaInfo } from '../../src/contracts/media.ts';
import { checkResult, expectationOf } from '../../src/core/expectation.ts';
import type { InputKind, InputRole, JobRequest } from '../../src/core/request.ts';
import { readFont } from '../../src/upstreams/local/font.ts';
import { DRAWINGS } from '../../src/upstreams/local/operations.ts';
import { FONT_FILE } from '../../src/upstreams/local/scene.ts';
import { inputFile, type Made } from '../../src/upstreams/local/studio.ts';
import { decodeRgb, type Ending, meanColour, tempFolder } from '../media/fixtures.ts';
import { pngPicture } from '../support/png.ts';
import { TEXT } from './world.ts';

/** An input with its bytes on disk. */
export interface Prop {
  readonly role: InputRole;
  readonly kind: InputKind;
  readonly name?: string;
  readonly path: string;
  readonly info: MediaInfo;
}

/** One file that was made, kept and probed. */
export interface Piece extends Made {
  readonly path: string;
  readonly info: MediaInfo;
}

export type Rgb = readonly [number, number, number];

/** A part of a frame, in shares of its sides. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The middle of a frame, clear of what is written at its edges. */
export const MIDDLE: Area = { x: 0.3, y: 0.3, width: 0.4, height: 0.4 };

/** A sample of a frame is looked at in this many columns and rows. */
const COLUMNS = 64;
const ROWS = 36;

export class Workshop {
  readonly media: Media;
  readonly #folder: string;
  readonly #fontPath: string;
  #count = 0;
  /** Every graph that was run, for those who want to know what is in them. */
  readonly graphs: string[] = [];

  constructor(media: Media, folder: string, fontPath: string) {
    this.media = media;
    this.#folder = folder;
    this.#fontPath = fontPath;
  }

  static async open(t: Ending, media: Media): Promise<Workshop> {
    return new Workshop(media, await tempFolder(t), media.fontPath ?? assert.fail('a font is there'));
  }

  /** Keeps bytes as an input. */
  async prop(role: InputRole, kind: InputKind, bytes: Uint8Array, name?: string): Promise<Prop> {
    const file = path.join(this.#folder, `prop-${this.#count++}`);
    await writeFile(file, bytes);
    const info = (await this.media.probe(file)) ?? assert.fail('a prop is media');
    return { role, kind, path: file, info, ...(name === undefined ? {} : { name }) };
  }

  /** A picture of one colour, or of two halves. */
  picture(role: InputRole, left: Rgb, right: Rgb = left, name?: string): Promise<Prop> {
    return this.prop(role, 'image', pngPicture(160, 90, [...left], [...right]), name);
  }

  /** A clip made by the engine from FFmpeg's own sources; `sound` is a source of sound, or nothing. */
  async clip(role: InputRole, picture: string, sound?: string): Promise<Prop> {
    const heard = sound === undefined ? [] : ['-f', 'lavfi', '-i', sound, '-c:a', 'aac'];
    const video = ['-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '18', '-pix_fmt', 'yuv420p'];
    const bytes = await this.engine(['-f', 'lavfi', '-i', picture, ...heard, ...video, 'clip.mp4'], 'clip.mp4');
    return this.prop(role, 'video', bytes);
  }

  /** A sound made by the engine. */
  async sound(source: string): Promise<Prop> {
    return this.prop('sound', 'audio', await this.engine(['-f', 'lavfi', '-i', source, 'sound.wav'], 'sound.wav'));
  }

  async engine(argv: readonly string[], output: string, files: EngineJob['files'] = {}): Promise<Uint8Array> {
    const job = { argv: ['-v', 'error', ...argv], files, outputs: [output], timeoutMs: 120_000 };
    return (await this.media.run(job)).outputs.get(output) ?? assert.fail(output);
  }

  /** Draws an operation, keeps what it made, and holds the first of it to what its request lets one expect. */
  async draw(change: Partial<JobRequest>, props: readonly Prop[]): Promise<[Piece, ...Piece[]]> {
    const refs = props.map(({ role, kind, name }, assetId) => ({ role, kind, assetId, ...(name ? { name } : {}) }));
    const request: JobRequest = { ...TEXT, aspectRatio: null, ...change, inputs: refs };
    const drawing = DRAWINGS[request.operation] ?? assert.fail(request.operation);
    assert.equal(drawing.supports(request), true, 'it is supported');
    const given = Object.fromEntries(props.map(({ path }, index) => [inputFile(index), { path }]));
    const made = await drawing.draw({
      request,
      inputs: props.map((prop, index) => ({ ...prop, file: inputFile(index) })),
      font: readFont(await readFile(this.#fontPath)),
      run: async ({ argv, outputs, files }) => {
        const graph = argv.indexOf('-filter_complex') + 1;
        if (graph > 0) this.graphs.push(argv[graph] ?? '');
        const all = { ...files, [FONT_FILE]: { path: this.#fontPath }, ...given };
        return (await this.media.run({ argv, outputs, files: all, timeoutMs: 120_000 })).outputs;
      },
    });
    const pieces: Piece[] = [];
    for (const piece of made) pieces.push(await this.#keep(piece));
    const [first, ...rest] = pieces;
    assert.ok(first);
    const expected = expectationOf(
      request,
      props.map(({ info }) => info),
    );
    assert.notEqual(expected.size, null);
    assert.equal(checkResult(first.info, expected, 'exact'), null);
    return [first, ...rest];
  }

  async #keep(piece: Made): Promise<Piece> {
    const file = path.join(this.#folder, `${this.#count++}-${piece.file}`);
    await writeFile(file, piece.bytes);
    const info = (await this.media.check(file)) ?? assert.fail('it is media');
    return { ...piece, path: file, info };
  }

  /** One frame, as raw RGB of its own size. */
  frame({ path, info }: Pick<Piece, 'path' | 'info'>, index: number): Promise<Buffer> {
    const filters = info.kind === 'image' ? 'null' : `select='eq(n,${index})'`;
    return decodeRgb(this.media, path, info, `${filters},scale=${COLUMNS}:${ROWS}:flags=area`);
  }

  /** The mean colour of a part of a frame; a negative index counts from the end. */
  async colour(piece: Pick<Piece, 'path' | 'info'>, index: number, area: Area = MIDDLE): Promise<Rgb> {
    const at = index < 0 ? (piece.info.frames ?? 0) + index : index;
    const rgb = await this.frame(piece, at);
    assert.equal(rgb.length, COLUMNS * ROWS * 3, `frame ${at} is there`);
    const [x, y] = [Math.round(area.x * COLUMNS), Math.round(area.y * ROWS)];
    const [width, height] = [Math.round(area.width * COLUMNS), Math.round(area.height * ROWS)];
    return meanColour(rgb, COLUMNS, { x, y, width, height });
  }

  /** How loud each piece of a sound is: root mean squares over as many equal spans. */
  async loudness({ path, info }: Pick<Piece, 'path' | 'info'>, spans: number): Promise<number[]> {
    const demuxer = info.extension === 'wav' ? 'wav' : 'mov';
    const argv = ['-f', demuxer, '-i', 'input', '-map', '0:a:0', '-ac', '1', '-f', 's16le', 'pcm'];
    const pcm = Buffer.from(await this.engine(argv, 'pcm', { input: { path } }));
    const span = Math.floor(pcm.length / 2 / spans);
    return Array.from({ length: spans }, (_, index) => {
      let sum = 0;
      for (let at = index * span; at < (index + 1) * span; at++) sum += pcm.readInt16LE(at * 2) ** 2;
      return Math.sqrt(sum / span);
    });
  }

  bytes(file: string): Uint8Array {
    return readFileSync(file);
  }
}

/** Mean difference of two buffers per byte. */
export function difference(a: Buffer, b: Buffer): number {
  assert.equal(a.length, b.length);
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs(a.readUInt8(at) - b.readUInt8(at));
  return sum / a.length;
}

/** Is a colour another one, give or take what an encoder loses? */
export function assertColour(found: Rgb, wanted: Rgb, slack = 16, what = ''): void {
  const close = found.every((value, at) => Math.abs(value - (wanted[at] ?? 0)) <= slack);
  assert.ok(close, `${what} ${found.map(Math.round)} is not ${wanted}`);
}

/** Fails where a graph names a filter that is not among those known. */
export function assertFilters(graphs: readonly string[], known: readonly string[]): void {
  assert.ok(graphs.length > 0);
  for (const graph of graphs) {
    const bare = graph.replace(/'[^']*'|\\,/g, '').replace(/\[[^\]]*\]/g, '');
    const names = bare.split(/[;,]/).map((filter) => filter.split('=')[0] ?? '');
    for (const name of names) assert.ok(known.includes(name), `${name} in ${graph}`);
  }
}

/** What ffprobe says of a file: a second opinion beside our own prober. */
export async function ffprobe(file: string): Promise<{ streams: Record<string, string | number>[] }> {
  const argv = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', file];
  return JSON.parse((await promisify(execFile)('ffprobe', argv)).stdout);
}
