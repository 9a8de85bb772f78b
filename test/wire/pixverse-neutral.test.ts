/** Jobs in our own words come to what the same request at the PixVerse door comes to, and are refused in our own words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type InputWish, type JobWish, type Member, OPERATION_SHAPES } from '../../src/core/operations.ts';
import { type JobDraft, OPERATIONS, type Operation } from '../../src/core/request.ts';
import { Refusal } from '../../src/std/errors.ts';
import { pixverseRules } from '../../src/wire/pixverse/neutral.ts';
import { TEMPLATES } from '../../src/wire/pixverse/templates.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';
import { BODIES } from '../support/pixverse-bodies.ts';
import { fc } from '../support/property.ts';

const upload = (role: InputWish['role'], more: Partial<InputWish> = {}): InputWish => ({
  role,
  from: { assetId: 5 },
  ...more,
});
const made = (role: InputWish['role'], more: Partial<InputWish> = {}): InputWish => ({
  role,
  from: { jobId: 7 },
  ...more,
});
const read = (wish: JobWish) => pixverseRules(TEMPLATES).read(wish, () => 42);
const refusalOf = (wish: JobWish): Refusal => {
  try {
    read(wish);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return assert.fail(`${wish.operation} was taken`);
};

/** The least that every operation can be asked for with. */
const LEAST: Readonly<Record<Operation, Omit<JobWish, 'operation'>>> = {
  'text-to-video': { prompt: 'a', inputs: [] },
  'image-to-video': { prompt: 'a', inputs: [upload('image')] },
  template: { templateId: 2001, inputs: [upload('image')] },
  transition: { prompt: 'a', inputs: [upload('last-frame'), upload('first-frame')] },
  'multi-transition': { segments: [{ durationS: 3 }], inputs: [upload('frame'), upload('frame')] },
  extend: { prompt: 'a', inputs: [made('source')] },
  'lip-sync': { inputs: [made('source'), upload('sound')] },
  'sound-effect': { inputs: [made('source')] },
  fusion: { prompt: 'a @b', inputs: [upload('reference', { name: 'b' })] },
  restyle: { prompt: 'ink', inputs: [made('source')] },
  'mask-selection': { inputs: [made('source')] },
  swap: { keyframes: [2], inputs: [made('source'), upload('mask'), upload('image')] },
  'motion-control': { inputs: [made('source'), upload('image')] },
  modify: { prompt: 'a', inputs: [made('source')] },
  upscale: { inputs: [made('source')] },
  avatar: { speech: { text: 'hi', speakerId: 'auto' }, inputs: [upload('image')] },
  agent: {
    agent: { name: 'viral-recreation' },
    prompt: 'a',
    inputs: [upload('reference'), made('reference', { from: { url: 'https://example.com/v.mp4' }, kind: 'video' })],
  },
  'music-video': { agent: { name: 'vibe_mv' }, inputs: [upload('sound')] },
  'image-template': { templateId: 2101, inputs: [upload('image')] },
};

/** A draft as somebody would have asked for it in our own words. */
function wishFor(draft: JobDraft): JobWish {
  const { operation, options = {}, inputs } = draft;
  const { members, inputs: roles } = OPERATION_SHAPES[operation];
  const said: Partial<Record<Member, unknown>> = {
    ...draft,
    ...options,
    restyleId: options.restyleId ?? undefined,
    keyframes: options.keyframes?.length ? options.keyframes : undefined,
    // What the operation makes of it by itself.
    prompt: operation === 'avatar' && draft.prompt === draft.speech?.text ? undefined : draft.prompt,
    durationS: draft.durationS ?? undefined,
    ...(options.restyleId ? { prompt: undefined } : {}),
  };
  const wish = Object.fromEntries(
    members.flatMap((member) => (said[member] === undefined || said[member] === null ? [] : [[member, said[member]]])),
  );
  return {
    ...wish,
    operation,
    inputs: inputs
      .filter(({ role }) => role !== 'voice')
      .map(({ role, kind, from, name }) => {
        const named = roles.find((shape) => shape.role === role)?.named === true;
        return { role, kind, from, ...(named && name !== undefined ? { name } : {}) };
      }),
  };
}

/** Without the places that inputs were named at, which differ. */
const bare = ({ inputs, ...draft }: JobDraft) => ({
  ...draft,
  inputs: inputs.map(({ field: _field, ...input }) => input),
});

describe('jobs in our own words', () => {
  for (const operation of OPERATIONS) {
    test(`${operation}: the least there is to say is enough, and each input is named by its place`, () => {
      const { draft } = read({ operation, ...LEAST[operation] });
      assert.equal(draft.operation, operation);
      for (const { field } of draft.inputs) assert.match(field, /^inputs\[\d\]\.(assetId|jobId|url)$/);
      assert.equal(draft.inputs.length, LEAST[operation].inputs.length);
    });
  }

  for (const [operation, bodies] of Object.entries(BODIES)) {
    test(`${operation}: whatever the PixVerse door takes can be said, and comes to the same`, () => {
      // A template has no route of its own.
      const sent = operation === 'template' ? 'image-to-video' : operation;
      const route = CREATE_ROUTES.find((one) => one.operation === sent);
      fc.assert(
        fc.property(bodies, (body) => {
          let draft: JobDraft | undefined;
          try {
            draft = route?.decode(body, { pickSeed: () => 42, templates: TEMPLATES });
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          fc.pre(draft !== undefined);
          const ours = read(wishFor(draft)).draft;
          assert.deepEqual(bare(ours), bare(draft));
        }),
        { numRuns: 60 },
      );
    });
  }

  test('a refusal names the member at fault, and speaks no other words', () => {
    const wishes: [JobWish, string][] = [
      [{ operation: 'text-to-video', prompt: 'a', model: 'v5', durationS: 7, inputs: [] }, 'durationS'],
      [{ operation: 'text-to-video', prompt: 'a', model: 'v9', inputs: [] }, 'model'],
      [{ operation: 'text-to-video', prompt: 'a', quality: '4k', inputs: [] }, 'quality'],
      [{ operation: 'text-to-video', prompt: 'a', aspectRatio: '5:4', inputs: [] }, 'aspectRatio'],
      [{ operation: 'text-to-video', prompt: ' ', inputs: [] }, 'prompt'],
      [{ operation: 'text-to-video', prompt: 'a', soundEffect: 'rain', inputs: [] }, 'soundEffect'],
      [{ operation: 'text-to-video', prompt: 'a', speech: { text: 'a', speakerId: '1' }, inputs: [] }, 'speech'],
      [{ operation: 'text-to-video', prompt: 'a', style: 'clay', inputs: [] }, 'style'],
      [{ operation: 'text-to-video', prompt: 'a', cameraMovement: 'zoom_in', inputs: [] }, 'cameraMovement'],
      [{ operation: 'text-to-video', prompt: 'a', model: 'v5', multiClip: true, inputs: [] }, 'multiClip'],
      [{ operation: 'text-to-video', prompt: 'a', seed: -1, inputs: [] }, 'seed'],
      [{ operation: 'text-to-video', prompt: 'a', negativePrompt: 'x'.repeat(3000), inputs: [] }, 'negativePrompt'],
      [{ operation: 'text-to-video', prompt: 'a', inputs: [upload('image')] }, 'inputs[0].role'],
      [{ operation: 'image-to-video', prompt: 'a', inputs: [upload('image', { kind: 'video' })] }, 'inputs[0].kind'],
      [{ operation: 'image-to-video', prompt: 'a', inputs: [upload('image', { name: 'x' })] }, 'inputs[0].name'],
      [{ operation: 'image-to-video', prompt: 'a', inputs: [] }, 'inputs'],
      [{ operation: 'transition', prompt: 'a', inputs: [upload('first-frame')] }, 'inputs'],
      [{ operation: 'template', templateId: 1, inputs: [] }, 'templateId'],
      [{ operation: 'template', templateId: 2007, quality: '1080p', inputs: [upload('image')] }, 'quality'],
      [{ operation: 'template', templateId: 2005, inputs: [upload('image')] }, 'inputs'],
      [
        { operation: 'multi-transition', segments: [{ durationS: 9 }], inputs: [upload('frame'), upload('frame')] },
        'segments[0].durationS',
      ],
      [
        { operation: 'multi-transition', segments: [], inputs: [upload('frame'), upload('frame')] },
        'segments[0].durationS',
      ],
      [{ operation: 'lip-sync', inputs: [made('source')] }, 'speech'],
      [
        {
          operation: 'lip-sync',
          speech: { text: 'a', speakerId: 'auto' },
          inputs: [made('source'), upload('sound')],
        },
        'inputs[1]',
      ],
      [
        { operation: 'lip-sync', speech: { text: 'a', speakerId: 'nobody' }, inputs: [made('source')] },
        'speech.speakerId',
      ],
      [{ operation: 'fusion', prompt: 'a', model: 'v5', inputs: [made('reference')] }, 'inputs'],
      [{ operation: 'fusion', prompt: 'a', durationS: 5, inputs: [made('reference')] }, 'durationS'],
      [
        {
          operation: 'fusion',
          prompt: 'a',
          inputs: [upload('reference', { name: 'a' }), upload('background', { name: 'a' })],
        },
        'inputs[1].name',
      ],
      [{ operation: 'restyle', inputs: [made('source')] }, 'restyleId'],
      [{ operation: 'restyle', restyleId: 4, inputs: [made('source')] }, 'restyleId'],
      [{ operation: 'restyle', restyleId: 1001, prompt: 'a', inputs: [made('source')] }, 'prompt'],
      [{ operation: 'mask-selection', keyframes: [1, 2], inputs: [made('source')] }, 'keyframes'],
      [{ operation: 'modify', prompt: 'a @img1', inputs: [made('source'), upload('reference')] }, 'prompt'],
      [{ operation: 'agent', agent: { name: 'nobody' }, inputs: [] }, 'agent.name'],
      [
        { operation: 'music-video', agent: { name: 'vibe_mv', settings: { tempo: 3 } }, inputs: [upload('sound')] },
        'agent.settings.tempo',
      ],
      [{ operation: 'upscale', prompt: 'a', inputs: [made('source')] }, 'prompt'],
    ];
    for (const [wish, field] of wishes) {
      const refusal = refusalOf(wish);
      assert.equal(refusal.field, field, refusal.message);
      assert.doesNotMatch(refusal.message.replace('vibe_mv', ''), /[a-z]_[a-z]|\bduration\b|GET \//, refusal.message);
    }
  });

  test('nothing that was said is passed over', () => {
    const wish = { operation: 'text-to-video', prompt: 'a', inputs: [] } as const;
    assert.equal(refusalOf({ ...wish, model: 'v5', audio: true }).field, 'audio');
    assert.equal(refusalOf({ ...wish, model: 'v6', motionMode: 'fast' }).field, 'motionMode');
    assert.equal(refusalOf({ ...wish, model: 'c1', multiClip: true }).field, 'multiClip');
  });

  test('what its inputs turn out to be is refused by their places', () => {
    const { draft, complete } = read({ operation: 'upscale', inputs: [upload('source')] });
    const info = {
      kind: 'video',
      mime: 'video/webm',
      extension: 'webm',
      width: 640,
      height: 360,
      durationMs: 5000,
    } as const;
    const known = {
      ref: { role: 'source', kind: 'video', assetId: 5 },
      info: { ...info, fps: 24, frames: 120, hasAudio: false, videoCodec: 'vp9', audioCodec: null, orientation: 1 },
      bytes: 1000,
      field: draft.inputs[0]?.field ?? '',
    } as const;
    assert.throws(
      () => complete?.(draft, [known as never]),
      (error: Refusal) => error.field === 'inputs[0].assetId' && error.message.startsWith('inputs[0].assetId: '),
    );
  });
});
