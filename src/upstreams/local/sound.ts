import { RENDER_FPS } from '../../core/expectation.ts';
import type { JobRequest } from '../../core/request.ts';
import { type Random, randomInt } from '../../std/random.ts';
import { addSoundInput, type Scene } from './scene.ts';
import { speak, VOICE_RATE } from './speech.ts';

/** Samples per second of the sound we make. */
const SAMPLE_RATE = 48_000;

/** Semitones above the root that sound calm together: a fifth, an octave, and one colour between. */
const CHORDS = [
  [0, 7, 12, 16],
  [0, 7, 12, 15],
  [0, 7, 14, 16],
  [0, 5, 12, 17],
] as const;

/** AAC from the encoder's fast search: the careful one takes as long as the pictures, and a pad has nothing to gain. */
export const SOUND_ENCODER: readonly string[] = ['-c:a', 'aac', '-aac_coder', 'fast', '-b:a', '96k'];

/** A quiet, slowly breathing chord of exactly `durationS` seconds, ending in the pad `[a]`. */
export function padGraph(durationS: number, random: Random): string {
  const root = 110 * 2 ** (randomInt(random, 12) / 12);
  const chord = CHORDS[randomInt(random, CHORDS.length)] ?? CHORDS[0];
  const length = `sample_rate=${SAMPLE_RATE}:duration=${durationS}`;
  const voices = chord.map((semitones, index) => {
    const frequency = (root * 2 ** (semitones / 12)).toFixed(2);
    return `sine=frequency=${frequency}:${length},volume=${(0.8 / (1 + index * 0.5)).toFixed(2)}[voice${index}]`;
  });
  const fade = Math.min(0.8, durationS / 4).toFixed(3);
  const fadeAt = (durationS - Number(fade)).toFixed(3);
  const mixed = [
    `${chord.map((_, index) => `[voice${index}]`).join('')}amix=inputs=${chord.length}:normalize=0`,
    'tremolo=f=0.4:d=0.35',
    `afade=t=in:d=${fade}`,
    `afade=t=out:st=${fadeAt}:d=${fade}`,
    `atrim=end_sample=${Math.round(durationS * SAMPLE_RATE)}`,
    `aformat=sample_fmts=fltp:sample_rates=${SAMPLE_RATE}:channel_layouts=mono[a]`,
  ].join(',');
  return [...voices, mixed].join(';');
}

/** Form of every part of a mix. */
const STEREO = `aformat=sample_fmts=fltp:sample_rates=${SAMPLE_RATE}:channel_layouts=stereo`;

/** One part of a mix: a pad or a source without one, the filters after it, how loud it is. */
export interface Part {
  readonly source: string;
  readonly filters?: string;
  readonly volume?: number;
}

/** Mixes parts into exactly as many samples as there are frames; silence where they are shorter. Ends in `[a]`. */
export function mix(parts: readonly Part[], frames: number): string {
  const legs = parts.map(({ source, filters, volume = 1 }, index) => {
    const joined = `${source}${source.endsWith(']') ? '' : ','}`;
    const before = filters === undefined ? '' : `${filters},`;
    return `${joined}${before}aresample=${SAMPLE_RATE},${STEREO},volume=${volume}[part${index}]`;
  });
  const samples = (frames * SAMPLE_RATE) / RENDER_FPS;
  const pads = parts.map((_, index) => `[part${index}]`).join('');
  const mixed = `${pads}amix=inputs=${parts.length}:normalize=0:duration=longest,apad,atrim=end_sample=${samples}`;
  return [...legs, `${mixed},${STEREO}[a]`].join(';');
}

/** The sound of an input from its very beginning; what is missing in it is silence. */
export function sourceSound(pad: string, volume = 1): Part {
  return { source: pad, filters: 'aresample=async=1:first_pts=0', volume };
}

/** What a sound effect is made of, by the words that ask for it. The first that fits; the seed chooses where none does. */
const EFFECTS: readonly { readonly words: RegExp; readonly draw: (seconds: string, seed: number) => string }[] = [
  {
    words: /\b(?:rain|wind|sea|ocean|waves?|storm|water|river|forest|breeze|snow)\b/i,
    draw: (seconds, seed) =>
      `anoisesrc=c=pink:r=${SAMPLE_RATE}:d=${seconds}:seed=${seed}:a=0.5,lowpass=f=1400,tremolo=f=0.3:d=0.7`,
  },
  {
    words: /\b(?:bells?|chimes?|ding|phone|alarm|music|piano|magic)\b/i,
    draw: (seconds, seed) => {
      const pitch = 440 + 40 * (seed % 8);
      const decay = 'exp(-4*mod(t\\,0.75))';
      const tone = `0.4*${decay}*(sin(2*PI*${pitch}*t)+0.5*sin(2*PI*${pitch * 2.76}*t))`;
      return `aevalsrc=${tone}:s=${SAMPLE_RATE}:d=${seconds}`;
    },
  },
  {
    words: /\b(?:steps?|footsteps?|knock|drums?|beat|heart|thud|clap|train|horse)\b/i,
    draw: (seconds, seed) => {
      const every = (0.4 + 0.05 * (seed % 5)).toFixed(2);
      return `aevalsrc=0.8*exp(-18*mod(t\\,${every}))*sin(2*PI*70*t):s=${SAMPLE_RATE}:d=${seconds}`;
    },
  },
];

/** A sound effect of so many frames for a text; an empty text leaves the choice to the seed. A source without pads. */
export function effectSource(text: string, frames: number, random: Random): string {
  const seed = randomInt(random, 1_000_000);
  const chosen = EFFECTS.find(({ words }) => words.test(text)) ?? EFFECTS[seed % EFFECTS.length];
  if (chosen === undefined) throw new Error('no effects');
  return chosen.draw((frames / RENDER_FPS).toFixed(6), seed);
}

/** Adds what is spoken (speech.ts) as an input; returns its pad. */
export function addSpeech(scene: Scene, pcm: Uint8Array): string {
  scene.files['speech.pcm'] = pcm;
  return addSoundInput(scene, ['-f', 's16le', '-ar', String(VOICE_RATE), '-ac', '1', '-i', 'speech.pcm']);
}

/** The sound a request asks for: a calm chord, or the effect and the speech it names. Ends in `[a]`. */
export function addSoundtrack(scene: Scene, request: JobRequest, random: Random): string {
  const { soundEffect, speech, durationS } = request;
  if (soundEffect === null && speech === null) return padGraph(durationS, random);
  const effect = soundEffect === null ? [] : [{ source: effectSource(soundEffect, scene.frames, random), volume: 0.5 }];
  const voice = speech === null ? [] : [{ source: addSpeech(scene, speak(speech.text, speech.speakerId)) }];
  return mix([...effect, ...voice], scene.frames);
}
