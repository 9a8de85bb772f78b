import { factsOf } from '../graphs.ts';
import { drawMouth } from '../mouth.ts';
import { drawStrips } from '../scene.ts';
import { mix, type Part, sourceSound } from '../sound.ts';
import { countInputs, type Drawing, film, inputOf, openStage, playVideo } from '../studio.ts';
import { addVoice, saidS, speaks } from '../voice.ts';

/** The source with a mouth that says what was given to it. */
export const lipSync: Drawing = {
  supports: (request) => countInputs(request, 'source', 'video') === 1 && speaks(request),
  async draw(studio) {
    const { request } = studio;
    const { scene } = openStage(studio, saidS(request));
    const { sound } = playVideo(scene, inputOf(studio, 'video', 'source'));
    const voice = await addVoice(studio, scene);
    drawMouth(scene, voice.openings, { x: 0.5, y: 0.6 });
    const text = request.speech?.text ?? request.prompt;
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text }] });
    const kept: Part[] = request.options?.keepSound && sound !== null ? [sourceSound(sound, 0.4)] : [];
    return film(studio, scene, mix([...kept, voice.part], scene.frames));
  },
};
