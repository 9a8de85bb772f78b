import { RENDER_FPS } from '../../core/expectation.ts';
import type { JobRequest } from '../../core/request.ts';
import { inputArgs } from '../../media/check.ts';
import { loudness } from './mouth.ts';
import type { Scene } from './scene.ts';
import { addSpeech, type Part, sourceSound } from './sound.ts';
import { speak, speechSeconds, VOICE_RATE } from './speech.ts';
import { addSound, inputsOf, made, type Studio, type StudioInput } from './studio.ts';

/** What somebody in the video says: a sound that was given, or a text that we speak. */
export interface Voice {
  /** How loud it is at every frame, 0 … 1. */
  readonly openings: readonly number[];
  readonly part: Part;
}

/** Seconds of what is said where nothing but the text decides it; undefined where the request has no text. */
export function saidS({ speech }: JobRequest): number | undefined {
  return speech === null ? undefined : speechSeconds(speech.text, speech.speakerId);
}

/** Has the request something to say? */
export function speaks(request: Pick<JobRequest, 'inputs' | 'speech'>): boolean {
  return request.speech !== null || request.inputs.some(({ kind, role }) => kind === 'audio' && role === 'sound');
}

/** Rate at which a sound is listened to. */
const LISTEN_RATE = 12_000;

/** Adds the voice of a request to a scene. */
export async function addVoice(studio: Studio, scene: Scene): Promise<Voice> {
  const { speech } = studio.request;
  const [given] = inputsOf(studio, 'audio', 'sound');
  if (given !== undefined) {
    const pcm = await listen(studio, given, scene.frames / RENDER_FPS);
    const openings = loudness(pcm, LISTEN_RATE, RENDER_FPS, scene.frames);
    return { openings, part: sourceSound(addSound(scene, given)) };
  }
  const { text, speakerId } = speech ?? { text: '', speakerId: '' };
  const pcm = speak(text, speakerId);
  const openings = loudness(pcm, VOICE_RATE, RENDER_FPS, scene.frames);
  return { openings, part: { source: addSpeech(scene, pcm) } };
}

/** The first seconds of a sound, mono. */
async function listen({ run }: Studio, { info, file }: StudioInput, seconds: number): Promise<Uint8Array> {
  const outputs = await run({
    argv: [
      ...['-v', 'error', ...inputArgs(info, file), '-map', '0:a:0', '-t', seconds.toFixed(3)],
      ...['-ac', '1', '-ar', String(LISTEN_RATE), '-f', 's16le', 'heard.pcm'],
    ],
    outputs: ['heard.pcm'],
  });
  return made(outputs, 'heard.pcm');
}
