import { factsOf } from '../graphs.ts';
import { drawStrips, filter } from '../scene.ts';
import { mix, sourceSound } from '../sound.ts';
import { countInputs, type Drawing, film, inputOf, openStage, playVideo } from '../studio.ts';
import { lookOf } from '../styles.ts';

/** The source in another look, of the list or as the prompt says it. */
export const restyle: Drawing = {
  supports: (request) => request.inputs.length === 1 && countInputs(request, 'source', 'video') === 1,
  async draw(studio) {
    const { request } = studio;
    const { scene, audio } = openStage(studio);
    const { sound } = playVideo(scene, inputOf(studio, 'video'));
    const id = request.options?.restyleId ?? null;
    filter(scene, `${lookOf(id, request.prompt, scene.frame)},format=yuv420p`);
    const text = request.prompt || `Style ${id}`;
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text }] });
    return film(studio, scene, audio && sound !== null ? mix([sourceSound(sound)], scene.frames) : null);
  },
};
