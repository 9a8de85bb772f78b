import { RENDER_FPS } from '../../../core/expectation.ts';
import type { JobRequest } from '../../../core/request.ts';
import { factsOf } from '../graphs.ts';
import { drawMouth } from '../mouth.ts';
import { drawStrips } from '../scene.ts';
import { addSoundtrack, mix, sourceSound } from '../sound.ts';
import { captionsOf, paintSlides } from '../slides.ts';
import {
  addSound,
  countInputs,
  type Drawing,
  film,
  inputOf,
  inputsOf,
  openStage,
  type Stage,
  type Studio,
} from '../studio.ts';
import { addVoice, saidS, speaks } from '../voice.ts';

const hasFrame = ({ quality, aspectRatio, inputs }: JobRequest) =>
  quality !== null && (aspectRatio !== null || inputs.some(({ kind }) => kind !== 'audio'));

function strips({ request }: Studio, { scene }: Stage, text: string): void {
  drawStrips(scene, { facts: factsOf(request, scene.frames), captions: captionsOf(text, scene.frames) });
}

/** The picture with a mouth that says what was given to it. */
export const avatar: Drawing = {
  supports: (request) => request.quality !== null && countInputs(request, 'image', 'image') === 1 && speaks(request),
  async draw(studio) {
    const stage = openStage(studio, saidS(studio.request));
    const { scene, random } = stage;
    await paintSlides(studio, scene, [inputOf(studio, 'image')], random);
    const voice = await addVoice(studio, scene);
    drawMouth(scene, voice.openings, { x: 0.5, y: 0.6 });
    strips(studio, stage, studio.request.speech?.text ?? studio.request.prompt);
    return film(studio, scene, mix([voice.part], scene.frames));
  },
};

/** What an agent would have made of the pictures and videos: a slideshow of them with its prompt under it. */
export const agent: Drawing = {
  supports: hasFrame,
  async draw(studio) {
    const stage = openStage(studio);
    const { scene, random } = stage;
    const { request } = studio;
    const pictures = studio.inputs.filter(({ kind }) => kind !== 'audio');
    await paintSlides(studio, scene, pictures, random);
    const { agent } = request.options ?? {};
    const page = agent?.settings['product_url'];
    strips(studio, stage, request.prompt || (page === undefined ? (agent?.name ?? '') : String(page)));
    const [sound] = inputsOf(studio, 'audio');
    if (sound !== undefined) return film(studio, scene, mix([sourceSound(addSound(scene, sound))], scene.frames));
    const pad = () => addSoundtrack(scene, { ...request, durationS: scene.frames / RENDER_FPS }, random);
    return film(studio, scene, stage.audio ? pad() : null);
  },
};

/** The song with its pictures, and its lyrics where they were given. */
export const musicVideo: Drawing = {
  supports: (request) => hasFrame(request) && countInputs(request, 'sound', 'audio') === 1,
  async draw(studio) {
    const stage = openStage(studio);
    const { scene, random } = stage;
    const { prompt, options } = studio.request;
    await paintSlides(studio, scene, inputsOf(studio, 'image'), random);
    const { lyric_text: lyrics, caption_switch: captions, mv_style: style } = options?.agent?.settings ?? {};
    const words = captions === false ? '' : String(lyrics ?? (prompt || (style ?? '')));
    strips(studio, stage, words);
    return film(studio, scene, mix([sourceSound(addSound(scene, inputOf(studio, 'audio')))], scene.frames));
  },
};
