import { type Random, randomInt } from '../../../std/random.ts';
import { factsOf } from '../graphs.ts';
import { type Colour, drawFlakes } from '../look.ts';
import { addInput, addPicture, drawStrips, filter, openScene, overlay, type Scene, STILL, unit } from '../scene.ts';
import { captionsOf, paintSlides } from '../slides.ts';
import { addSoundtrack } from '../sound.ts';
import { countInputs, type Drawing, film, inputsOf, JPEG, made, openStage, stillJpeg } from '../studio.ts';
import { hashOf, LOOKS } from '../styles.ts';

/** What a template does to a video of its pictures. */
type Effect = (scene: Scene, random: Random) => void;

const PAPER: readonly Colour[] = [
  [250, 92, 92],
  [255, 205, 86],
  [88, 190, 255],
  [140, 230, 140],
  [220, 140, 255],
];
const SNOW: readonly Colour[] = [[255, 255, 255]];

/** Flakes that fall, or rise, without end. `speed`: heights of the frame a second. */
function flakes(
  scene: Scene,
  random: Random,
  form: { count: number; size: number; colours: readonly Colour[]; speed: number },
): void {
  const { width, height } = scene.frame;
  const short = Math.min(width, height);
  const small = { width: Math.round((width * 240) / short), height: Math.round((height * 240) / short) };
  const pad = addPicture(scene, 'flakes.rgba', drawFlakes(small, random, form));
  const at = `mod(t*${(form.speed * height).toFixed(1)}\\,${height})`;
  const y = form.speed > 0 ? `-${height}+${at}` : `-${height}-${at.replace('t*-', 't*')}+${height}`;
  overlay(scene, pad, `scale=${width}:${2 * height}:flags=bicubic,format=yuva420p,${STILL}`, '0', y);
}

const EFFECTS: readonly Effect[] = [
  (scene) => filter(scene, "rotate=a='0.12*sin(t*1.5)':c=0x0b0d16,hue=h='40*sin(t*2)'"),
  (scene, random) => flakes(scene, random, { count: 90, size: 5, colours: PAPER, speed: 0.35 }),
  (scene, random) => flakes(scene, random, { count: 14, size: 20, colours: PAPER, speed: -0.2 }),
  (scene, random) => flakes(scene, random, { count: 160, size: 3, colours: SNOW, speed: 0.2 }),
  (scene) => filter(scene, `${LOOKS[8]?.filters(scene.frame) ?? 'null'},hue=b='0.6*sin(t*19)'`),
  (scene) => filter(scene, "hue=s='min(1.4,t/1.5)':b='-3*max(0,0.6-t)'"),
  (scene) => filter(scene, `${LOOKS[7]?.filters(scene.frame) ?? 'null'},format=yuv420p,hue=h='120*t'`),
];

/** Ids in the list of templates whose effect is known; any other is one of them too. */
const BY_ID: Readonly<Record<number, number>> = {
  302325299692608: 0,
  384631857552768: 1,
  2001: 2,
  2002: 3,
  2003: 4,
  2004: 5,
  2007: 6,
};

/** Its pictures, and the effect of the template over them. */
export const template: Drawing = {
  supports: ({ quality, durationS, aspectRatio, inputs }) =>
    quality !== null &&
    durationS > 0 &&
    inputs.every(({ kind }) => kind === 'image') &&
    (aspectRatio !== null || inputs.length > 0),
  async draw(studio) {
    const { request } = studio;
    const { scene, random, audio } = openStage(studio);
    await paintSlides(studio, scene, inputsOf(studio, 'image'), random);
    const id = request.options?.templateId ?? 0;
    EFFECTS[BY_ID[id] ?? hashOf(String(id)) % EFFECTS.length]?.(scene, random);
    filter(scene, 'format=yuv420p');
    drawStrips(scene, {
      facts: `${factsOf(request, scene.frames)} · template ${id}`,
      captions: captionsOf(request.prompt, scene.frames),
    });
    return film(studio, scene, audio ? addSoundtrack(scene, request, random) : null);
  },
};

/** A printed picture: what was given, side by side, in a look of the template, on paper. */
export const imageTemplate: Drawing = {
  supports: (request) => request.inputs.length > 0 && countInputs(request, 'image', 'image') === request.inputs.length,
  async draw(studio) {
    const { request, font, run } = studio;
    const { scene: stage, random } = openStage(studio);
    const pictures = inputsOf(studio, 'image');
    const scene = openScene(stage.frame, 1, font);
    const { width, height } = scene.frame;
    const [margin, foot] = [unit(scene, 14), unit(scene, 40)];
    const across = Math.max(2, Math.floor((width - margin * (pictures.length + 1)) / pictures.length));
    const along = Math.max(2, height - margin - foot);
    const id = request.options?.templateId ?? 0;
    const look = LOOKS[[4, 1, 8, 9][(hashOf(String(id)) + randomInt(random, 1)) % 4] ?? 4];
    scene.chains.push(`color=c=0xf4efe4:s=${width}x${height}:r=1,trim=end_frame=1,format=yuv444p[v0]`);
    for (const [index, picture] of pictures.entries()) {
      const name = `part${index}.jpg`;
      scene.files[name] = await stillJpeg(studio, picture, { width: across, height: along });
      const pad = addInput(scene, ['-f', 'jpeg_pipe', '-i', name]);
      const filters = `format=yuv420p,${look?.filters({ width: across, height: along }) ?? 'null'},format=yuv444p`;
      overlay(scene, pad, filters, String(margin + index * (across + margin)), String(margin));
    }
    const name = 'facts.txt';
    scene.files[name] = Buffer.from(`Reelpool sandbox · no AI · template ${id} · seed ${request.seed}`);
    const text = `drawtext=fontfile=font.ttf:textfile=${name}:expansion=none:fontsize=${unit(scene, 13)}:fontcolor=0x403a30`;
    filter(
      scene,
      `${text}:x='(w-text_w)/2':y='h-${Math.round(foot * 0.62)}',scale=out_color_matrix=bt601:out_range=pc,format=yuvj444p`,
    );
    const outputs = await run({
      argv: [
        ...['-v', 'error', ...scene.inputs, '-filter_complex', scene.chains.join(';'), '-map', `[v${scene.layers}]`],
        ...['-frames:v', '1', ...JPEG, 'image.jpg'],
      ],
      files: scene.files,
      outputs: ['image.jpg'],
    });
    return [{ role: 'image', file: 'image.jpg', bytes: made(outputs, 'image.jpg') }];
  },
};
