import type { Template } from '../../core/template.ts';
import { MODEL_QUALITIES } from './models.ts';

/**
 * Templates (effects) of videos and of pictures: reference/pixverse-platform.md §4.3, §4.18. The vendor's own list is
 * long and changes; these are drawn ones of ours, and the few ids its samples name are among them. An operator adds those
 * of the accounts at hand (`templates` of the configuration).
 */

const ONE = { min: 1, max: 1 };
const NONE_OR_ONE = { min: 0, max: 1 };
const SMALL = ['360p', '540p'] as const;

const video = (id: number, name: string, prompt: string, change: Partial<Template> = {}): Template => ({
  id,
  name,
  makes: 'video',
  pictures: ONE,
  durationS: 5,
  qualities: MODEL_QUALITIES,
  ratio: '16:9',
  open: false,
  prompt,
  ...change,
});

const image = (id: number, name: string, prompt: string, change: Partial<Template> = {}): Template => ({
  ...video(id, name, prompt),
  makes: 'image',
  durationS: 0,
  ...change,
});

/** Every template, in the order of the list. The ids of fifteen digits stand in the vendor's samples (§4.3, §4.18). */
export const TEMPLATES: readonly Template[] = [
  video(302325299692608, 'Slow Orbit', 'the camera circles the subject', { pictures: NONE_OR_ONE, open: true }),
  video(384631857552768, 'Paper Confetti', 'confetti falls over the subject', { open: true }),
  video(2001, 'Rising Balloons', 'balloons rise behind the subject', { open: true }),
  video(2002, 'Snow Globe', 'snow swirls around the subject'),
  video(2003, 'Old Projector', 'a flickering film of the subject', { qualities: SMALL }),
  video(2004, 'Ink Reveal', 'ink spreads and shows the subject', { durationS: 8 }),
  video(2005, 'Two Become One', 'two subjects step together', { pictures: { min: 2, max: 2 } }),
  video(2006, 'Family Album', 'pages of an album turn', { pictures: { min: 2, max: 4 }, durationS: 8 }),
  video(2007, 'Neon Outline', 'the outline of the subject glows', { qualities: ['360p', '540p', '720p'] }),
  video(2008, 'Flip Book', 'pages of a flip book', { qualities: SMALL, open: true }),
  image(377378608924544, 'Postcard', 'a postcard with the picture', { open: true }),
  image(2101, 'Paper Poster', 'a printed poster of the picture', { open: true }),
  image(2102, 'Side by Side', 'pictures side by side', { pictures: { min: 2, max: 4 } }),
];
