/** What a driver sends is what a door reads: every operation there and back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobDraft, JobRequest } from '../../src/core/request.ts';
import { Refusal } from '../../src/std/errors.ts';
import { parseJsonExact, wideJson } from '../../src/std/json.ts';
import type { VendorInput } from '../../src/wire/pixverse/encode/parts.ts';
import { encodeCreate, isCallable } from '../../src/wire/pixverse/encode.ts';
import type { Reading } from '../../src/wire/pixverse/requests/draft.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';
import { restyleOf } from '../../src/wire/pixverse/restyles.ts';
import { TEMPLATES } from '../../src/wire/pixverse/templates.ts';
import { BODIES } from '../support/pixverse-bodies.ts';
import { fc } from '../support/property.ts';

const READING: Reading = { pickSeed: () => 4711, templates: TEMPLATES };
const SEEDED: Reading = { ...READING, pickSeed: () => assert.fail('the seed is sent') };

/** The inputs of a draft as they are at the account. What agents name by address is kept there at that address. */
function inputsOf(draft: JobDraft): VendorInput[] {
  return draft.inputs.map(({ role, kind, name, from }) => {
    const named = { role, kind, ...(name === undefined ? {} : { name }) };
    if ('url' in from) return { ...named, id: '1', url: from.url };
    return 'jobId' in from
      ? { ...named, id: String(from.jobId), generated: true }
      : { ...named, id: String(from.assetId) };
  });
}

/** A draft without what only its messages need. A style of the list is sent in its words. */
const plain = (draft: JobDraft) => {
  const inputs = draft.inputs.map(({ field: _field, ...input }) => input);
  const style = restyleOf(draft.options?.restyleId ?? 0);
  return style === undefined
    ? { ...draft, inputs }
    : { ...draft, inputs, prompt: style.prompt, options: { restyleId: null } };
};

const decoded = (decode: () => JobDraft): JobDraft | undefined => {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

/** Every route, and the templates, which have none of their own (§4.3). */
const SENT = [
  ...CREATE_ROUTES,
  ...CREATE_ROUTES.filter(({ operation }) => operation === 'image-to-video').map((route) => ({
    ...route,
    operation: 'template' as const,
  })),
];

for (const { operation, path, schema, decode } of SENT) {
  test(`${operation}: what is encoded is decoded to the same request`, () => {
    const bodies = BODIES[operation];
    let compared = 0;
    fc.assert(
      fc.property(bodies, (body) => {
        const draft = decoded(() => decode(body, READING));
        fc.pre(draft !== undefined);
        const inputs = inputsOf(draft);
        const refs = inputs.map(({ role, kind }) => ({ role, kind, assetId: 1 }));
        const request: JobRequest = { ...draft, durationS: draft.durationS ?? 3, inputs: refs };
        const call = encodeCreate(request, inputs, null);
        assert.ok(call);
        assert.ok(isCallable(request));
        assert.equal(call.path, path);
        const sent = parseJsonExact(wideJson({ ...call.body }));
        assert.deepEqual(plain(decode(sent, 'seed' in schema.shape ? SEEDED : READING)), plain(draft));
        compared += 1;
      }),
      { numRuns: 200, maxSkipsPerRun: 100 },
    );
    assert.ok(compared > 100);
  });
}

test('ids keep their digits, and what is not said is left out', () => {
  const request: JobRequest = {
    operation: 'image-to-video',
    model: 'v6',
    prompt: 'a cat',
    negativePrompt: '',
    seed: 0,
    quality: '360p',
    durationS: 1,
    aspectRatio: null,
    audio: false,
    motionMode: 'normal',
    style: '',
    cameraMovement: null,
    multiClip: false,
    soundEffect: null,
    speech: null,
    inputs: [{ role: 'image', kind: 'image', assetId: 1 }],
  };
  const inputs = [{ role: 'image', kind: 'image', id: '18446744073709551615' }] as const;
  const text = (webhookId: string | null) => wideJson({ ...encodeCreate(request, inputs, webhookId)?.body });
  const said = '"prompt":"a cat","model":"v6","duration":1,"quality":"360p","seed":0,"img_id":18446744073709551615';
  assert.equal(text(null), `{${said}}`);
  assert.equal(text('77'), `{${said},"webhook_id":77}`);
  assert.equal(text('wh_7'), `{${said},"webhook_id":"wh_7"}`);
});
