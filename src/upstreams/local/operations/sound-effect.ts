import { factsOf } from '../graphs.ts';
import { drawStrips } from '../scene.ts';
import { effectSource, mix, type Part, sourceSound } from '../sound.ts';
import { countInputs, type Drawing, film, inputOf, openStage, playVideo } from '../studio.ts';

/** The source with a sound of the kind its text asks for, instead of its own or over it. */
export const soundEffect: Drawing = {
  supports: (request) => request.inputs.length === 1 && countInputs(request, 'source', 'video') === 1,
  async draw(studio) {
    const { request } = studio;
    const { scene, random } = openStage(studio);
    const { sound } = playVideo(scene, inputOf(studio, 'video'));
    const text = request.soundEffect || request.prompt;
    const caption = text === '' ? 'Sound: of its own choice' : `Sound: ${text}`;
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: caption }] });
    const kept: Part[] = request.options?.keepSound && sound !== null ? [sourceSound(sound)] : [];
    const effect = { source: effectSource(text, scene.frames, random), volume: 0.6 };
    return film(studio, scene, mix([...kept, effect], scene.frames));
  },
};
