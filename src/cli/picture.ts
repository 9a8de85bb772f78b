import { crc32, deflateSync } from 'node:zlib';

/**
 * The picture the demo uploads: dusk over a mountain lake, computed pixel by pixel, so that the demo needs no file of
 * its own and every machine draws the same bytes.
 */

type Colour = readonly [red: number, green: number, blue: number];

/** Colours of the sky from its top (0) to the horizon (1). */
const SKY: readonly (readonly [at: number, colour: Colour])[] = [
  [0, [21, 24, 66]],
  [0.35, [67, 52, 116]],
  [0.62, [181, 84, 118]],
  [0.84, [245, 140, 92]],
  [1, [255, 203, 126]],
];
const SUN: Colour = [255, 236, 190];
const FAR_RIDGE: Colour = [146, 84, 120];
const NEAR_RIDGE: Colour = [24, 22, 52];
const WATER: Colour = [28, 32, 72];
const SAIL: Colour = [250, 226, 196];
const HULL: Colour = [22, 16, 34];

const RIDGES = 4;
/** Height of the water's edge and place of the sun, as parts of the picture's height and width. */
const HORIZON = 0.64;
const SUN_AT = { x: 0.63, y: 0.412, radius: 0.06 } as const;
const BOAT_AT = { x: 0.3, y: 0.735, size: 0.11 } as const;

/** A PNG of the scene, `width` × `height` pixels. */
export function drawPicture(width: number, height: number): Uint8Array {
  const rows = new Uint8Array(height * (1 + width * 3));
  const ridges = Array.from({ length: RIDGES }, (_, index) => ridgeLine(index, width));
  let offset = 0;
  for (let y = 0; y < height; y++) {
    rows[offset++] = 0;
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = pixel(x / width, y / height, width / height, ridges, x);
      // An even grain of half a step keeps wide gradients from showing bands.
      const grain = (hash(x, y) - 0.5) * 1.5;
      rows[offset++] = clamp(red + grain);
      rows[offset++] = clamp(green + grain);
      rows[offset++] = clamp(blue + grain);
    }
  }
  return encodePng(width, height, rows);
}

function pixel(u: number, v: number, aspect: number, ridges: readonly Float64Array[], x: number): Colour {
  const boat = boatAt(u, v, aspect);
  if (boat !== undefined) return boat;
  if (v < HORIZON) return mix(landAt(u, v, aspect, ridges, x), SUN, sunAt(u, v, aspect, ridges[0]?.[x] ?? 1));
  // Water shows what stands above it upside down, pulled about by waves that grow towards the viewer.
  const depth = (v - HORIZON) / (1 - HORIZON);
  const wave = Math.sin(v * 420 - depth * 160 + Math.sin(u * 23) * 1.4) * (0.004 + depth * 0.02);
  const above = HORIZON - (v - HORIZON) * 0.92 + wave * 1.6;
  const column = Math.min(Math.max(0, Math.round(x + wave * 900)), (ridges[0]?.length ?? 1) - 1);
  const mirrored = landAt(u + wave * 0.4, Math.max(0.01, above), aspect, ridges, column);
  const shine = sunPath(u, depth, v);
  return mix(mix(mirrored, WATER, 0.3 + depth * 0.42), SUN, shine);
}

/** Sky and mountains. */
function landAt(u: number, v: number, aspect: number, ridges: readonly Float64Array[], x: number): Colour {
  for (let index = RIDGES - 1; index >= 0; index--) {
    const top = ridges[index]?.[x] ?? 1;
    if (v > top) {
      const near = index / (RIDGES - 1);
      const mist = Math.min(1, (v - top) / 0.3) * (1 - near) * 0.5;
      return mix(mix(FAR_RIDGE, NEAR_RIDGE, near), [255, 176, 130], mist);
    }
  }
  let colour = gradient(v / HORIZON);
  const distance = Math.hypot((u - SUN_AT.x) * aspect, v - SUN_AT.y);
  colour = mix(colour, [255, 190, 120], 0.75 * Math.exp(-distance * 4.6));
  return mix(colour, [255, 255, 255], star(u, v, aspect));
}

/** The sun's disc, where no ridge stands before it. Its mirror image is the glitter on the water. */
function sunAt(u: number, v: number, aspect: number, ridge: number): number {
  if (v > ridge) return 0;
  const distance = Math.hypot((u - SUN_AT.x) * aspect, v - SUN_AT.y);
  return smooth(SUN_AT.radius + 0.0025, SUN_AT.radius - 0.0025, distance);
}

/** The sun's glitter: broken lines of light that widen towards the viewer. */
function sunPath(u: number, depth: number, v: number): number {
  const width = 0.03 + depth * 0.09;
  const fall = Math.exp(-(((u - SUN_AT.x) / width) ** 2));
  const lines = Math.max(0, Math.sin(v * 560 + Math.sin(u * 61 + v * 90) * 2.2));
  return 0.85 * fall * lines * (1 - depth * 0.55);
}

function boatAt(u: number, v: number, aspect: number): Colour | undefined {
  const x = ((u - BOAT_AT.x) * aspect) / BOAT_AT.size;
  const y = (v - BOAT_AT.y) / BOAT_AT.size;
  // Hull: a shallow bowl. Mast: a line. Sails: two triangles with a shade from wind to lee.
  if (y >= 0 && y < 0.16 && Math.abs(x) < 0.62 - y * 1.3) return HULL;
  if (Math.abs(x) < 0.012 && y < 0 && y > -1.2) return HULL;
  if (y < -0.06 && y > -1.15) {
    const height = (y + 1.15) / 1.09;
    if (x > 0.03 && x < 0.03 + height * 0.5) return mix(SAIL, [206, 130, 120], x / 0.6);
    if (x < -0.03 && x > -0.03 - height * 0.34 + 0.04) return mix([232, 178, 158], [168, 92, 112], -x / 0.42);
  }
  const mirror = -y + 0.3;
  if (y > 0.16 && mirror > -0.75) {
    const ripple = Math.sin(y * 34) * 0.05;
    if (Math.abs(x + ripple) < 0.4 + mirror * 0.3) return mix(WATER, [120, 80, 110], 0.35);
  }
  return undefined;
}

/** Height of a ridge at each column, from far (0) to near. Smooth noise of several octaves. */
function ridgeLine(index: number, width: number): Float64Array {
  const line = new Float64Array(width);
  const base = HORIZON - 0.2 + index * 0.058;
  const swing = 0.17 - index * 0.03;
  for (let x = 0; x < width; x++) {
    const u = x / width;
    let height = 0;
    let amplitude = 0.5;
    for (let octave = 0; octave < 6; octave++) {
      height += amplitude * (noise(u * (2.3 + index * 1.1) * 2 ** octave + 37.7 * index + 11 * octave) - 0.5);
      amplitude *= 0.5;
    }
    // Lower where the sun goes down.
    const dip = (index > 0 ? 0.1 : 0.035) * Math.exp(-(((u - SUN_AT.x) / 0.17) ** 2));
    line[x] = base - swing * (height * 1.6 + 0.12) + dip;
  }
  return line;
}

function star(u: number, v: number, aspect: number): number {
  const cells = 46;
  const x = u * aspect * cells;
  const y = v * cells;
  const column = Math.floor(x);
  const row = Math.floor(y) + 977;
  const chance = hash(column, row);
  if (chance < 0.86) return 0;
  const distance = Math.hypot((x % 1) - 0.2 - hash(row, column) * 0.6, (y % 1) - 0.2 - hash(column + 71, row) * 0.6);
  return Math.max(0, 1 - distance * 9) * (chance - 0.8) * 4 * Math.max(0, 1 - v / 0.34);
}

function gradient(at: number): Colour {
  for (let index = 1; index < SKY.length; index++) {
    const [end, to] = SKY[index] ?? [1, SUN];
    const [start, from] = SKY[index - 1] ?? [0, SUN];
    if (at <= end) return mix(from, to, (at - start) / (end - start));
  }
  return SKY.at(-1)?.[1] ?? SUN;
}

const mix = (a: Colour, b: Colour, share: number): Colour => {
  const t = Math.min(1, Math.max(0, share));
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
};

/** 0 at `from`, 1 at `to`, without a corner at either. */
const smooth = (from: number, to: number, at: number): number => {
  const t = Math.min(1, Math.max(0, (at - from) / (to - from)));
  return t * t * (3 - 2 * t);
};

const clamp = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));

/** A number in [0, 1) that depends on the two given and looks like chance. */
function hash(x: number, y: number): number {
  let n = Math.imul(x, 374761393) + Math.imul(y, 668265263);
  n = Math.imul(n ^ (n >>> 13), 1274126177);
  return ((n ^ (n >>> 16)) >>> 0) / 4294967296;
}

function noise(at: number): number {
  const cell = Math.floor(at);
  const from = hash(cell, 101);
  return from + (hash(cell + 1, 101) - from) * smooth(0, 1, at - cell);
}

/** Rows of RGB, each led by its filter byte 0, as a PNG file. Each row is stored as its difference to the left (filter 1). */
function encodePng(width: number, height: number, rows: Uint8Array): Uint8Array {
  const stride = 1 + width * 3;
  const filtered = new Uint8Array(rows.length);
  for (let y = 0; y < height; y++) {
    filtered[y * stride] = 1;
    for (let i = 1; i < stride; i++) {
      const left = i > 3 ? (rows[y * stride + i - 3] ?? 0) : 0;
      filtered[y * stride + i] = ((rows[y * stride + i] ?? 0) - left) & 255;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered, { level: 9 })),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
