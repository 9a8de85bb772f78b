import { type Random, randomInt } from '../../std/random.ts';

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
