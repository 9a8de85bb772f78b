import { factsOf } from '../graphs.ts';
import { drawStrips } from '../scene.ts';
import { mix, sourceSound } from '../sound.ts';
import { countInputs, type Drawing, film, inputOf, openStage, playVideo } from '../studio.ts';

/** The source with twice its sides. */
export const upscale: Drawing = {
  supports: (request) => request.inputs.length === 1 && countInputs(request, 'source', 'video') === 1,
  async draw(studio) {
    const source = inputOf(studio, 'video');
    const { scene } = openStage(studio);
    const { sound } = playVideo(scene, source);
    const { width, height } = scene.frame;
    const facts = `${factsOf(studio.request, scene.frames)} · ${source.info.width} × ${source.info.height} to ${width} × ${height}`;
    drawStrips(scene, { facts, captions: [] });
    return film(studio, scene, sound === null ? null : mix([sourceSound(sound)], scene.frames));
  },
};
