/**
 * Wishes in our own words under this vendor's rules. There is one place for those rules, the readers of the create routes:
 * a wish is spelled as the body that asks for the same, read like any other, and what is refused is said in the words of
 * the wish (decisions/0008-neutral-jobs.md).
 */
import type { Rules, RuledDraft } from '../../contracts/catalog.ts';
import {
  COUNT_WORDS,
  fits,
  type InputWish,
  inputPlace,
  type JobWish,
  type Member,
  OPERATION_SHAPES,
  roleShape,
} from '../../core/operations.ts';
import type { InputDraft, JobDraft } from '../../core/request.ts';
import type { Template } from '../../core/template.ts';
import { refuse } from '../../std/errors.ts';
import { addressOf, bodyOf, type MarkedInput } from './neutral/bodies.ts';
import { Words } from './neutral/words.ts';
import { AGENTS } from './requests/agent.ts';
import { type Reading, readSeed } from './requests/draft.ts';
import { invalid, missing, oneOf, required } from './requests/fields.ts';
import { CREATE_ROUTES, type CreateRoute } from './requests.ts';

/** Inputs are marked by numbers that no id has reached: ids count milliseconds (std/ids.ts). */
const MARK = 9_000_000_000_000_000;

/** The rules of this vendor's models. @param templates those that a wish may name. */
export function pixverseRules(templates: readonly Template[]): Rules {
  return { read: (wish, pickSeed) => read(wish, { pickSeed, templates }) };
}

function read(wish: JobWish, reading: Reading): RuledDraft {
  checkShape(wish);
  const inputs = marked(wish);
  // The reader gets a seed, so that it draws none of its own.
  const seed = readSeed(wish.seed, reading);
  const body = bodyOf(wish, seed, inputs);
  const words = new Words(body, inputs, wish.agent !== undefined);
  const route = routeOf(wish);
  const said = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw words.say(error);
    }
  };
  const draft = said(() => route.decode(body, { ...reading, pickSeed: () => seed }));
  const settled = { ...draft, inputs: draft.inputs.map((input) => ownInput(input, inputs, words)) };
  checkKept(wish, settled);
  const { complete } = route;
  if (complete === undefined) return { draft: settled };
  return { draft: settled, complete: (known, found) => said(() => complete(known, found)) };
}

/** A template has no route of its own (§4.3). */
function routeOf({ operation, inputs }: JobWish): CreateRoute {
  const sent = operation !== 'template' ? operation : inputs.length > 0 ? 'image-to-video' : 'text-to-video';
  const route = CREATE_ROUTES.find((one) => one.operation === sent);
  if (route === undefined) throw new Error(`no route makes ${operation}`);
  return route;
}

/** What an operation takes, whatever makes it. */
function checkShape(wish: JobWish): void {
  const { operation, inputs } = wish;
  const shape = OPERATION_SHAPES[operation];
  for (const member of Object.keys(wish) as (Member | 'operation' | 'inputs')[]) {
    if (member === 'operation' || member === 'inputs' || wish[member] === undefined) continue;
    if (!shape.members.includes(member)) {
      invalid(member, `${operation} does not take it; it takes ${[...shape.members, 'inputs'].join(', ')}.`);
    }
  }
  for (const member of shape.needs) if (wish[member] === undefined) missing(member);
  for (const [index, input] of inputs.entries()) checkInput(wish, input, index);
  for (const { role, count } of shape.inputs) {
    const found = inputs.filter((input) => input.role === role).length;
    if (fits(count, found)) continue;
    const message = `${operation} takes ${COUNT_WORDS[count]} of the role ${role}, not ${found}.`;
    refuse(found === 0 ? 'parameter_missing' : 'parameter_invalid', { field: 'inputs', message: `inputs: ${message}` });
  }
  if (operation === 'agent') oneOf('agent.name', required('agent.name', wish.agent?.name), Object.values(AGENTS));
  if (shape.members.includes('speech') && shape.inputs.some(({ role }) => role === 'sound')) checkSpoken(wish);
}

function checkInput({ operation }: JobWish, { role, kind, name }: InputWish, index: number): void {
  const place = inputPlace(index);
  const shape = roleShape(operation, role);
  const roles = OPERATION_SHAPES[operation].inputs.map((known) => known.role);
  if (shape === undefined) {
    invalid(
      `${place}.role`,
      roles.length === 0 ? `${operation} takes no inputs.` : `${operation} takes ${roles.join(', ')}.`,
    );
  }
  if (kind !== undefined && !shape.kinds.includes(kind)) {
    invalid(`${place}.kind`, `As ${role} ${operation} takes: ${shape.kinds.join(', ')}.`);
  }
  if (name !== undefined && shape.named !== true) {
    invalid(`${place}.name`, `As ${role} of ${operation} it has no name; leave it out.`);
  }
}

function checkSpoken({ speech, inputs }: JobWish): void {
  const sound = inputs.findIndex(({ role }) => role === 'sound');
  if (speech === undefined && sound < 0) {
    const message = 'What is said is missing. Send speech, or an input of the role sound.';
    refuse('parameter_missing', { field: 'speech', message });
  }
  if (speech !== undefined && sound >= 0) {
    invalid(inputPlace(sound), 'Send speech, or an input of the role sound, not both.');
  }
}

function marked({ operation, inputs }: JobWish): MarkedInput[] {
  return inputs.map((input, index) => {
    const kinds = roleShape(operation, input.role)?.kinds ?? ['image'];
    // What a job made is a video, where it may be one.
    const usual = 'jobId' in input.from && kinds.includes('video') ? 'video' : kinds[0];
    return { ...input, kind: input.kind ?? usual, mark: MARK + index };
  });
}

/** The input of the wish that its mark stood for. A voice is named by the speech and was never marked. */
function ownInput(draft: InputDraft, inputs: readonly MarkedInput[], words: Words): InputDraft {
  const { from } = draft;
  const index = inputs.findIndex(({ mark }) =>
    'url' in from ? from.url === addressOf(mark) : 'assetId' in from && from.assetId === mark,
  );
  const own = inputs[index];
  if (own === undefined) return { ...draft, field: words.of(draft.field) };
  return { ...draft, from: own.from, field: `${inputPlace(index)}.${Object.keys(own.from)[0]}` };
}

/** Nothing that was said may be lost: what the body's reader passes over, for clients that always send it, is refused here. */
function checkKept(wish: JobWish, draft: JobDraft): void {
  const { operation, model } = draft;
  const who = model === '' ? operation : model;
  for (const member of ['model', 'quality', 'durationS', 'aspectRatio', 'motionMode', 'cameraMovement'] as const) {
    if (wish[member] !== undefined && wish[member] !== draft[member]) lost(member, who);
  }
  for (const member of ['prompt', 'negativePrompt', 'style', 'audio', 'multiClip'] as const) {
    if (wish[member] !== undefined && wish[member] !== draft[member]) lost(member, who);
  }
  if (wish.soundEffect !== undefined && draft.soundEffect === null) lost('soundEffect', who);
  if (wish.speech !== undefined && draft.speech === null) lost('speech', who);
  const { options = {} } = draft;
  for (const member of ['templateId', 'restyleId', 'keepSound'] as const) {
    if (wish[member] !== undefined && wish[member] !== options[member]) lost(member, who);
  }
  if (wish.keyframes !== undefined && wish.keyframes.join() !== (options.keyframes ?? []).join()) {
    invalid(
      'keyframes',
      `${operation} takes ${options.keyframes?.length === 1 ? 'one frame' : 'others'}, counted from 1.`,
    );
  }
  for (const name of Object.keys(wish.agent?.settings ?? {})) {
    if (!Object.hasOwn(options.agent?.settings ?? {}, name)) lost(`agent.settings.${name}`, wish.agent?.name ?? who);
  }
  for (const index of wish.inputs.keys()) {
    if (!draft.inputs.some(({ field }) => field.startsWith(inputPlace(index)))) lost(inputPlace(index), who);
  }
}

function lost(field: string, who: string): never {
  invalid(field, `With the rest of this request ${who} makes no use of it; leave it out.`);
}
