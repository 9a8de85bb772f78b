import type { FrameSize } from '../../../core/frame.ts';
import type { JobRequest } from '../../../core/request.ts';
import { inputArgs } from '../../../media/check.ts';
import { COLOURS, factsOf, wanderingWindow } from '../graphs.ts';
import { drawSilhouette, PARTS } from '../look.ts';
import { addPicture, drawStrips, openScene, overlay, type Scene, STILL, unit } from '../scene.ts';
import { mix, sourceSound } from '../sound.ts';
import {
  addVideo,
  countInputs,
  type Drawing,
  film,
  framesAs,
  inputOf,
  inputsOf,
  JPEG,
  type Made,
  made,
  openStage,
  playVideo,
  type Studio,
  type StudioInput,
  still,
} from '../studio.ts';
import { lookOf } from '../styles.ts';

/** The picture of the keyframe, and masks of its size, white where the part is: a person, an object, what is behind. */
export const maskSelection: Drawing = {
  supports: (request) => request.inputs.length === 1 && countInputs(request, 'source', 'video') === 1,
  async draw(studio) {
    const { request, font, run } = studio;
    const source = inputOf(studio, 'video');
    const { scene } = openStage(studio);
    const { width, height } = scene.frame;
    const last = Math.max(0, (source.info.frames ?? Number.MAX_SAFE_INTEGER) - 1);
    const keyframe = Math.min(last, Math.max(0, (request.options?.keyframes?.[0] ?? 1) - 1));
    const cut = `trim=start_frame=${keyframe},trim=end_frame=1,scale=${width}:${height}:flags=bicubic:out_color_matrix=bt601:out_range=pc`;
    const keyframes = await run({
      argv: [
        ...[
          '-v',
          'error',
          ...inputArgs(source.info, source.file),
          '-map',
          '0:v:0',
          '-vf',
          `${cut},setsar=1,format=yuvj420p`,
        ],
        ...['-frames:v', '1', ...JPEG, 'keyframe.jpg'],
      ],
      outputs: ['keyframe.jpg'],
    });
    const pictures: Made[] = [{ role: 'image', file: 'keyframe.jpg', bytes: made(keyframes, 'keyframe.jpg') }];
    for (const part of PARTS) {
      const file = `mask-${part}.png`;
      const drawn = openScene(scene.frame, 1, font);
      const pad = addPicture(drawn, 'mask.rgba', drawSilhouette(part, scene.frame, request.seed));
      const sharp = `extractplanes=a,scale=${width}:${height}:flags=bicubic,avgblur=${Math.max(1, Math.round(Math.min(width, height) / 60))},lut=y='if(gte(val,128),255,0)'`;
      const outputs = await run({
        argv: [
          ...['-v', 'error', ...drawn.inputs, '-filter_complex', `${pad}${sharp},format=gray[out]`, '-map', '[out]'],
          ...['-frames:v', '1', '-c:v', 'png', '-fflags', '+bitexact', '-f', 'image2pipe', file],
        ],
        files: drawn.files,
        outputs: [file],
      });
      pictures.push({ role: 'image', file, name: part, bytes: made(outputs, file) });
    }
    return pictures;
  },
};

/** Lays a layer over the video, seen only where a mask is white. Without a mask it is seen everywhere. */
async function throughMask(
  studio: Studio,
  scene: Scene,
  layer: { readonly name: string; readonly chain: string; readonly mask: StudioInput | undefined; readonly y: string },
): Promise<void> {
  const { name, chain, mask, y } = layer;
  if (mask === undefined) return overlay(scene, chain, ',format=yuva420p', '0', y);
  const pad = addPicture(scene, `${name}.mask.rgb`, await still(studio, mask, scene.frame));
  scene.chains.push(`${pad}format=gray,${STILL}[${name}mask]`);
  scene.chains.push(`${chain},format=yuv420p[${name}full]`);
  overlay(scene, `[${name}full][${name}mask]`, 'alphamerge', '0', y);
}

/** A picture as a layer that fills the frame. */
async function pictureLayer(studio: Studio, scene: Scene, picture: StudioInput, name: string): Promise<string> {
  const pad = addPicture(scene, `${name}.rgb`, await still(studio, picture, scene.frame));
  return `${pad}scale=${COLOURS},format=yuv420p,${STILL}`;
}

const bob = (frame: FrameSize) => `${Math.max(1, Math.round(frame.height / 90))}*sin(t*3)`;

const isSource = (request: JobRequest) => request.quality !== null && countInputs(request, 'source', 'video') === 1;

/** The source with a picture in the place of what its mask shows. */
export const swap: Drawing = {
  supports: (request) => isSource(request) && countInputs(request, 'image', 'image') === 1,
  async draw(studio) {
    const { request } = studio;
    const { scene, audio } = openStage(studio);
    const { sound } = playVideo(scene, inputOf(studio, 'video', 'source'));
    const chain = await pictureLayer(studio, scene, inputOf(studio, 'image', 'image'), 'swapped');
    const [mask] = inputsOf(studio, 'image', 'mask');
    await throughMask(studio, scene, { name: 'swapped', chain, mask, y: bob(scene.frame) });
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: request.prompt }] });
    return film(studio, scene, audio && sound !== null ? mix([sourceSound(sound)], scene.frames) : null);
  },
};

/** The source with what its masks show in the look the prompt says, and the pictures it names in their places. */
export const modify: Drawing = {
  supports: isSource,
  async draw(studio) {
    const { request } = studio;
    const { scene, audio } = openStage(studio);
    const { sound } = playVideo(scene, inputOf(studio, 'video', 'source'));
    const masks = inputsOf(studio, 'image', 'mask');
    const pictures = inputsOf(studio, 'image', 'reference');
    const look = lookOf(null, request.prompt, scene.frame);
    for (const [index, mask] of (masks.length > 0 ? masks : [undefined]).entries()) {
      const name = `modified${index}`;
      const picture = pictures[index];
      if (picture !== undefined) {
        const chain = await pictureLayer(studio, scene, picture, name);
        if (mask !== undefined) await throughMask(studio, scene, { name, chain, mask, y: bob(scene.frame) });
        else inset(scene, chain, '0.56');
      } else {
        const before = `[v${scene.layers}]`;
        scene.chains.push(`${before}split[${name}kept][${name}same]`);
        scene.chains.push(`[${name}kept]null[v${++scene.layers}]`);
        await throughMask(studio, scene, { name, chain: `[${name}same]${look},format=yuv420p`, mask, y: '0' });
      }
    }
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: request.prompt }] });
    return film(studio, scene, audio && sound !== null ? mix([sourceSound(sound)], scene.frames) : null);
  },
};

/** A layer as a small picture with a light edge in the right half. `y`: its middle, a share of the height. */
function inset(scene: Scene, chain: string, y: string): void {
  const width = 2 * Math.round(scene.frame.width * 0.14);
  const height = 2 * Math.round(scene.frame.height * 0.14);
  const edge = unit(scene, 3);
  const small = `,scale=${width}:${height}:flags=bicubic,drawbox=x=0:y=0:w=iw:h=ih:color=white:t=${edge}`;
  overlay(scene, chain, `${small},format=yuv420p`, `W-w-${unit(scene, 20)}`, `H*${y}-h/2`);
}

/** The picture, moved about, with the video that it follows in a corner. */
export const motionControl: Drawing = {
  supports: (request) => isSource(request) && countInputs(request, 'image', 'image') === 1,
  async draw(studio) {
    const { request } = studio;
    const { scene, random, audio } = openStage(studio);
    const layer = await pictureLayer(studio, scene, inputOf(studio, 'image', 'image'), 'subject');
    scene.chains.push(`${layer},${wanderingWindow(random, { half: 0.36, drift: 0.05, turn: 0.08, pace: 3 })}[v0]`);
    const source = inputOf(studio, 'video', 'source');
    const { frames, sound } = addVideo(scene, source);
    inset(scene, `${frames}${framesAs(source.info, scene.frame, scene.frames)}`, '0.62');
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: request.prompt }] });
    return film(studio, scene, audio && sound !== null ? mix([sourceSound(sound)], scene.frames) : null);
  },
};
