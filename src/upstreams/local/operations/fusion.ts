import { COLOURS, factsOf, paintLights, slowMove } from '../graphs.ts';
import { addPicture, drawLabel, drawStrips, overlay, paint, type Scene, STILL, unit } from '../scene.ts';
import { addSoundtrack } from '../sound.ts';
import {
  addVideo,
  type Drawing,
  film,
  framesAs,
  inputsOf,
  openStage,
  type Stage,
  type Studio,
  type StudioInput,
  still,
} from '../studio.ts';

/** Where the cards of the references stand. Pixels. */
interface Table {
  readonly columns: number;
  readonly rows: number;
  readonly cell: { readonly width: number; readonly height: number };
  readonly card: { readonly width: number; readonly height: number };
  readonly top: number;
}

/** Width to height of a card. */
const CARD_RATIO = 4 / 3;
/** A card is at most this share of the frame's shorter side wide. */
const CARD_SHARE_MAX = 0.75;

/** The table on which so many cards are largest, between the strips. */
function layOut(scene: Scene, count: number): Table {
  const { width, height } = scene.frame;
  const top = unit(scene, 50);
  const room = height - top - unit(scene, 84);
  const label = unit(scene, 24);
  const tables = Array.from({ length: count }, (_, index) => {
    const columns = index + 1;
    const rows = Math.ceil(count / columns);
    const cell = { width: width / columns, height: room / rows };
    const wide = Math.min(
      cell.width - unit(scene, 20),
      (cell.height - label - unit(scene, 8)) * CARD_RATIO,
      Math.min(width, height) * CARD_SHARE_MAX,
    );
    const card = {
      width: 2 * Math.max(4, Math.round(wide / 2)),
      height: 2 * Math.max(4, Math.round(wide / CARD_RATIO / 2)),
    };
    return { columns, rows, cell, card, top };
  });
  return tables.reduce((best, table) => (table.card.width > best.card.width ? table : best));
}

async function drawCard(
  studio: Studio,
  scene: Scene,
  table: Table,
  reference: StudioInput,
  index: number,
): Promise<void> {
  const { columns, cell, card, top } = table;
  const row = Math.floor(index / columns);
  const inRow = Math.min(columns, inputsShown(studio).length - row * columns);
  const x = scene.frame.width / 2 + ((index % columns) - (inRow - 1) / 2) * cell.width;
  const y = top + row * cell.height + card.height / 2;
  const edge = unit(scene, 3);
  const framed = `drawbox=x=0:y=0:w=iw:h=ih:color=white:t=${edge},format=yuv420p`;
  const sway = `${y.toFixed(1)}-h/2+${unit(scene, 4)}*sin(t*2+${index})`;
  if (reference.kind === 'video') {
    const { frames } = addVideo(scene, reference);
    overlay(scene, frames, `${framesAs(reference.info, card, scene.frames)},${framed}`, `${x.toFixed(1)}-w/2`, sway);
  } else {
    const pad = addPicture(scene, `card${index}.rgb`, await still(studio, reference, card));
    overlay(scene, pad, `scale=${COLOURS},format=yuv420p,${STILL},${framed}`, `${x.toFixed(1)}-w/2`, sway);
  }
  const text = `@${reference.name ?? `${reference.kind}${index + 1}`}`;
  const place = {
    x: x.toFixed(1),
    top: Math.round(y + card.height / 2 + unit(scene, 6)),
    width: cell.width - unit(scene, 8),
  };
  drawLabel(scene, `card${index}line`, text, place);
}

const inputsShown = ({ inputs }: Studio) => inputs.filter(({ role, kind }) => role === 'reference' && kind !== 'audio');

async function paintGround(studio: Studio, { scene, random }: Stage): Promise<void> {
  const [place] = inputsOf(studio, 'image', 'background');
  if (place === undefined) return paintLights(scene, random);
  const pad = addPicture(scene, 'place.rgb', await still(studio, place, scene.frame));
  paint(scene, pad, `scale=${COLOURS},format=yuv420p,${STILL},${slowMove(scene.frames, random)}`);
}

/** The references by their names, in front of the one that is the background. */
export const fusion: Drawing = {
  supports: ({ quality, aspectRatio, inputs }) =>
    quality !== null && inputs.length > 0 && (aspectRatio !== null || inputs.some(({ kind }) => kind !== 'audio')),
  async draw(studio) {
    const { request } = studio;
    const stage = openStage(studio);
    const { scene, random, audio } = stage;
    await paintGround(studio, stage);
    const shown = inputsShown(studio);
    if (shown.length > 0) {
      const table = layOut(scene, shown.length);
      for (const [index, reference] of shown.entries()) await drawCard(studio, scene, table, reference, index);
    }
    drawStrips(scene, { facts: factsOf(request, scene.frames), captions: [{ text: request.prompt }] });
    return film(studio, scene, audio ? addSoundtrack(scene, request, random) : null);
  },
};
