import { type Random, seededRandom } from '../../std/random.ts';

/**
 * A voice of our own: no words that anybody would understand, but the length, the rhythm and the vowels of the text.
 * A buzz from the throat, or noise, goes through three resonators that stand where a mouth would put them. The same
 * text and voice give the same samples.
 */

/** Samples per second. */
export const VOICE_RATE = 16_000;

/** Nothing that is spoken is longer than this; the rest of a text is left unsaid. Seconds. */
const SPEECH_MAX_S = 60;

/** Silence this long stands for a text in which nothing can be said. Seconds. */
const SPEECH_MIN_S = 0.1;

/** How one sound is made. Seconds and Hz. */
interface Phone {
  readonly seconds: number;
  /** Share of the throat's buzz and of noise. */
  readonly voiced: number;
  readonly noise: number;
  readonly formants: readonly [number, number, number];
}

const vowel = (seconds: number, ...formants: [number, number, number]): Phone => ({
  seconds,
  voiced: 1,
  noise: 0.02,
  formants,
});
const hiss = (noise: number, ...formants: [number, number, number]): Phone => ({
  seconds: 0.08,
  voiced: 0,
  noise,
  formants,
});
const hum = (...formants: [number, number, number]): Phone => ({ seconds: 0.065, voiced: 0.55, noise: 0, formants });
const burst = (voiced: number, ...formants: [number, number, number]): Phone => ({
  seconds: 0.05,
  voiced,
  noise: 0.3,
  formants,
});
const pause = (seconds: number): Phone => ({ seconds, voiced: 0, noise: 0, formants: [500, 1500, 2500] });

const VOWELS: Readonly<Record<string, Phone>> = {
  a: vowel(0.12, 730, 1090, 2440),
  e: vowel(0.1, 530, 1840, 2480),
  i: vowel(0.09, 300, 2250, 3000),
  o: vowel(0.12, 500, 850, 2400),
  u: vowel(0.1, 320, 900, 2240),
  y: vowel(0.08, 300, 2100, 2700),
};

/** Letters by how they are said. */
const LETTERS: readonly (readonly [string, Phone])[] = [
  ['szx', hiss(0.5, 3200, 4600, 5800)],
  ['fvhj', hiss(0.3, 1400, 3400, 5200)],
  ['mnlrw', hum(280, 1200, 2300)],
  ['ptkcq', burst(0, 900, 2200, 3400)],
  ['bdg', burst(0.5, 400, 1500, 2600)],
  [' ', pause(0.07)],
  [',;:-', pause(0.2)],
  ['.!?', pause(0.3)],
];

const PHONES: ReadonlyMap<string, Phone> = new Map([
  ...Object.entries(VOWELS),
  ...LETTERS.flatMap(([letters, phone]) => [...letters].map((letter) => [letter, phone] as const)),
]);

/** What a voice differs in from another. */
interface Voice {
  /** Hz. */
  readonly pitch: number;
  readonly pace: number;
  /** Size of the mouth: what its resonances are multiplied with. */
  readonly mouth: number;
}

function voiceOf(speakerId: string): Voice {
  const random = seededRandom(seedOf(speakerId.toLowerCase()));
  const pitch = 95 + 120 * random.float();
  return { pitch, pace: 0.9 + 0.25 * random.float(), mouth: pitch > 150 ? 1.12 : 0.98 };
}

function seedOf(text: string): number {
  let seed = 2166136261;
  for (const character of text) seed = Math.imul(seed ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  return seed;
}

/** The sounds of a text; characters that are no Latin letters are syllables of a vowel each. */
function phonesOf(text: string): Phone[] {
  const vowels = Object.values(VOWELS);
  const phones: Phone[] = [];
  for (const character of text.toLowerCase().normalize('NFD')) {
    const known = PHONES.get(character);
    if (known) phones.push(known);
    else if (/[\p{L}\p{N}]/u.test(character)) {
      const syllable = vowels[(character.codePointAt(0) ?? 0) % vowels.length];
      if (syllable) phones.push(PHONES.get('d') ?? syllable, syllable);
    }
  }
  return phones;
}

/** How long a text takes to say. Seconds; 0 where there is nothing to say. */
export function speechSeconds(text: string, speakerId: string): number {
  const { pace } = voiceOf(speakerId);
  const seconds = phonesOf(text).reduce((sum, phone) => sum + phone.seconds * pace, 0);
  return Math.min(SPEECH_MAX_S, seconds);
}

/** A resonator with two poles; its numbers are rounded, so that no machine's cosine differs. */
class Resonator {
  #a = 0;
  #b = 0;
  #c = 0;
  #one = 0;
  #two = 0;

  tune(hz: number, width: number): void {
    const round = (value: number) => Math.round(value * 1e6) / 1e6;
    const radius = Math.exp((-Math.PI * width) / VOICE_RATE);
    this.#c = round(-radius * radius);
    this.#b = round(2 * radius * Math.cos((2 * Math.PI * Math.min(hz, VOICE_RATE * 0.45)) / VOICE_RATE));
    this.#a = 1 - this.#b - this.#c;
  }

  pass(input: number): number {
    const out = this.#a * input + this.#b * this.#one + this.#c * this.#two;
    this.#two = this.#one;
    this.#one = out;
    return out;
  }
}

/** Speaks a text. Mono, 16 bit little-endian, at `VOICE_RATE`. */
export function speak(text: string, speakerId: string): Uint8Array {
  const voice = voiceOf(speakerId);
  const random = seededRandom(seedOf(text));
  const total = Math.floor(Math.max(SPEECH_MIN_S, speechSeconds(text, speakerId)) * VOICE_RATE);
  const samples = new Float32Array(total);
  const mouth = [new Resonator(), new Resonator(), new Resonator()] as const;
  let at = 0;
  let phase = 0;
  for (const phone of phonesOf(text)) {
    const length = Math.min(total - at, Math.round(phone.seconds * voice.pace * VOICE_RATE));
    mouth.forEach((resonator, index) => {
      resonator.tune((phone.formants[index] ?? 0) * voice.mouth, 60 + 40 * index);
    });
    for (let index = 0; index < length; index++, at++) {
      // The pitch falls over the text and trembles a little; each sound swells and fades within itself.
      const pitch = voice.pitch * (1.08 - (0.16 * at) / Math.max(1, total)) * (1 + 0.01 * (random.float() - 0.5));
      phase += pitch / VOICE_RATE;
      if (phase >= 1) phase -= 1;
      const edge = Math.min(1, index / 160, (length - index) / 160);
      const source = (phone.voiced * (1 - 2 * phase) + phone.noise * (2 * random.float() - 1)) * edge;
      samples[at] = mouth[0].pass(source) + 0.7 * mouth[1].pass(source) + 0.5 * mouth[2].pass(source);
    }
  }
  return encode(samples, random);
}

/** To 16 bit, as loud as it can be without clipping; less a little noise that hides the steps. */
function encode(samples: Float32Array, random: Random): Uint8Array {
  let peak = 1e-6;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round((sample / peak) * 20_000 + random.float() - 0.5), index * 2);
  });
  return bytes;
}
