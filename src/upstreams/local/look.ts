import type { FrameSize } from '../../core/frame.ts';
import { type Random, randomInt, seededRandom } from '../../std/random.ts';

/**
 * The pictures that our renderer starts from, drawn here as raw pixels with nothing but + − × ÷, so that a seed gives
 * the same bytes on every machine.
 */

/** Red, green, blue; 0 … 255. */
export type Colour = readonly [number, number, number];

/** A ground and three lights over it; dark enough everywhere for white text. */
interface Palette {
  readonly ground: Colour;
  readonly lights: readonly [Colour, Colour, Colour];
}

const PALETTES: readonly Palette[] = [
  {
    ground: [17, 20, 46],
    lights: [
      [92, 64, 214],
      [20, 132, 190],
      [206, 62, 140],
    ],
  },
  {
    ground: [9, 32, 43],
    lights: [
      [14, 128, 124],
      [34, 92, 178],
      [196, 134, 52],
    ],
  },
  {
    ground: [40, 15, 40],
    lights: [
      [190, 54, 96],
      [108, 54, 186],
      [216, 120, 60],
    ],
  },
  {
    ground: [13, 34, 28],
    lights: [
      [30, 140, 88],
      [20, 104, 132],
      [168, 150, 54],
    ],
  },
  {
    ground: [42, 20, 16],
    lights: [
      [204, 84, 44],
      [150, 40, 92],
      [206, 150, 58],
    ],
  },
  {
    ground: [18, 24, 34],
    lights: [
      [66, 96, 150],
      [40, 138, 160],
      [130, 92, 172],
    ],
  },
];

/** Pixels as rows of `channels` bytes. */
export interface RawPicture extends FrameSize {
  readonly pixels: Uint8Array;
}

/** Long side of the drawn background; it is enlarged, so it needs no detail. */
const BACKGROUND_SIDE = 160;

/** A ground with soft lights at seeded places, in the frame's ratio. RGB, 3 bytes a pixel. */
export function drawBackground(frame: FrameSize, random: Random): RawPicture {
  const palette = PALETTES[randomInt(random, PALETTES.length)] ?? PALETTES[0];
  if (palette === undefined) throw new Error('no palettes');
  const long = Math.max(frame.width, frame.height);
  const width = 2 * Math.round((BACKGROUND_SIDE * frame.width) / long / 2);
  const height = 2 * Math.round((BACKGROUND_SIDE * frame.height) / long / 2);
  const turn = randomInt(random, 3);
  const lights = palette.lights.map((_, index) => ({
    colour: palette.lights[(index + turn) % 3] ?? palette.lights[0],
    // One light per third of the frame, so that they never fall together.
    x: width * ((index + 0.2 + 0.6 * random.float()) / 3),
    y: height * (0.15 + 0.7 * random.float()),
    reach: BACKGROUND_SIDE * (0.36 + 0.2 * random.float()),
  }));
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      let [red, green, blue] = palette.ground;
      for (const light of lights) {
        const dx = (x - light.x) / light.reach;
        const dy = (y - light.y) / light.reach;
        const near = Math.max(0, 1 - dx * dx - dy * dy);
        const share = near * near * 0.85;
        red += (light.colour[0] - red) * share;
        green += (light.colour[1] - green) * share;
        blue += (light.colour[2] - blue) * share;
      }
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
    }
  }
  return { width, height, pixels };
}

/** A soft white disc that thins out to its edge: what floats through the frame. RGBA. */
export function drawOrb(diameter: number): RawPicture {
  const radius = diameter / 2;
  return drawAlpha(diameter, diameter, (x, y) => {
    const dx = (x + 0.5 - radius) / radius;
    const dy = (y + 0.5 - radius) / radius;
    const near = Math.max(0, 1 - dx * dx - dy * dy);
    return [255, near * near * 96];
  });
}

/** Black that deepens from nothing at the top to three quarters at the bottom: the ground of a caption. RGBA. */
export function drawShade(height: number): RawPicture {
  return drawAlpha(2, height, (_x, y) => {
    const depth = (y + 1) / height;
    return [0, depth * (2 - depth) * 190];
  });
}

/** Dots of some colours, twice the height of the frame and the same again in its second half, so that they can fall without end. RGBA. */
export function drawFlakes(
  frame: FrameSize,
  random: Random,
  { count, size, colours }: { readonly count: number; readonly size: number; readonly colours: readonly Colour[] },
): RawPicture {
  const { width, height } = frame;
  const pixels = new Uint8Array(width * height * 2 * 4);
  for (let flake = 0; flake < count; flake++) {
    const colour = colours[randomInt(random, colours.length)] ?? [255, 255, 255];
    const radius = Math.max(1, size * (0.5 + random.float()));
    const [middleX, middleY] = [random.float() * width, random.float() * height];
    for (let y = Math.ceil(middleY - radius); y <= middleY + radius; y++) {
      for (let x = Math.max(0, Math.ceil(middleX - radius)); x <= Math.min(width - 1, middleX + radius); x++) {
        const near = 1 - ((x - middleX) ** 2 + (y - middleY) ** 2) / radius ** 2;
        if (near <= 0) continue;
        const row = (y + height) % height;
        for (const at of [(row * width + x) * 4, ((row + height) * width + x) * 4]) {
          const alpha = Math.min(255, near * 400);
          if (alpha < (pixels[at + 3] ?? 0)) continue;
          pixels.set(colour, at);
          pixels[at + 3] = alpha;
        }
      }
    }
  }
  return { width, height: 2 * height, pixels };
}

/** The parts that a mask can show. */
export const PARTS = ['person', 'object', 'background'] as const;

/** Where a part is in a frame, as alpha: a person at a seeded place, an object beside, and what neither of them covers. */
export function drawSilhouette(part: (typeof PARTS)[number], frame: FrameSize, seed: number): RawPicture {
  const long = Math.max(frame.width, frame.height);
  const width = 2 * Math.max(1, Math.round((BACKGROUND_SIDE * frame.width) / long / 2));
  const height = 2 * Math.max(1, Math.round((BACKGROUND_SIDE * frame.height) / long / 2));
  const random = seededRandom(seed);
  const middle = width * (0.4 + 0.2 * random.float());
  const side = random.float() < 0.5 ? -1 : 1;
  const unit = Math.min(width, height) / 100;
  const within = (x: number, y: number, across: number, along: number) => (x / across) ** 2 + (y / along) ** 2 <= 1;
  const isPerson = (x: number, y: number) => {
    const head = within(x - middle, y - height * 0.34, 12 * unit, 15 * unit);
    return head || within(x - middle, y - height * 0.98, 27 * unit, 46 * unit);
  };
  const isObject = (x: number, y: number) =>
    !isPerson(x, y) && within(x - (middle + side * width * 0.32), y - height * 0.72, 15 * unit, 15 * unit);
  return drawAlpha(width, height, (x, y) => {
    const [person, object] = [isPerson(x, y), isObject(x, y)];
    const here = part === 'person' ? person : part === 'object' ? object : !person && !object;
    return [255, here ? 255 : 0];
  });
}

function drawAlpha(width: number, height: number, paint: (x: number, y: number) => [number, number]): RawPicture {
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [white, alpha] = paint(x, y);
      pixels[at] = white;
      pixels[at + 1] = white;
      pixels[at + 2] = white;
      pixels[at + 3] = alpha;
    }
  }
  return { width, height, pixels };
}
