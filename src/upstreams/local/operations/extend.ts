import { RENDER_FPS } from '../../../core/expectation.ts';
import { factsOf, slowMove } from '../graphs.ts';
import { drawStrips } from '../scene.ts';
import { effectSource, mix, type Part, sourceSound } from '../sound.ts';
import { addVideo, countInputs, type Drawing, film, frameCount, framesAs, inputOf, openStage } from '../studio.ts';

/** The source, and then a slow move away from its last frame: the added part begins where the source ends. */
export const extend: Drawing = {
  supports: (request) =>
    request.durationS > 0 &&
    request.quality !== null &&
    request.inputs.length === 1 &&
    countInputs(request, 'source', 'video') === 1,
  async draw(studio) {
    const { request } = studio;
    const { scene, random, audio } = openStage(studio);
    const source = inputOf(studio, 'video');
    const seam = frameCount(source.info);
    const added = scene.frames - seam;
    const video = addVideo(scene, source);
    const clock = `settb=1/${RENDER_FPS},setpts=N`;
    const move = slowMove(added + 1, random, 'inwards');
    scene.chains.push(`${video.frames}${framesAs(source.info, scene.frame, seam + 1)},split[whole][tail]`);
    scene.chains.push(`[whole]trim=end_frame=${seam},${clock}[before]`);
    // The frame past the source's end is its last one again; the move begins on it without moving it.
    const still = `trim=start_frame=${seam},${clock},loop=loop=-1:size=1:start=0,${clock}`;
    scene.chains.push(`[tail]${still},${move},trim=end_frame=${added}[after]`);
    scene.chains.push(`[before][after]concat=n=2,settb=1/${RENDER_FPS},setpts=N[v0]`);
    const span = { fromS: seam / RENDER_FPS, toS: scene.frames / RENDER_FPS + 1 };
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: request.prompt, span }] });
    const kept: Part[] = video.sound === null ? [] : [sourceSound(video.sound)];
    const delay = `adelay=${Math.round((seam * 1000) / RENDER_FPS)}:all=1`;
    const fresh: Part[] = request.audio
      ? [{ source: effectSource(request.prompt, added, random), filters: delay, volume: 0.4 }]
      : [];
    return film(studio, scene, audio ? mix([...kept, ...fresh], scene.frames) : null);
  },
};
