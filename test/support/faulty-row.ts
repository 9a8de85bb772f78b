/** Two gateways in a row with a wire between them that breaks on command, and time that the test lets pass. */
import assert from 'node:assert/strict';
import type { JobView } from '../../src/contracts/views.ts';
import type { LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import type { Ending } from './gateway.ts';
import { type Row, type RowOptions, startRow } from './in-a-row.ts';
import { nativeClient } from './native.ts';
import { accepted, balanceOf, type PixverseClient, pixverseClient, SMALL_TEXT } from './pixverse-client.ts';
import { SettableClock } from './settable-clock.ts';
import { type Fault, startWireFaults, type WireFaults } from './wire-faults.ts';

/** Credits of the job that a scene creates. */
export const PRICE = 5;
export const CREATE = '/video/text/generate';
export const RESULT = '/video/result/';
/** Where the far gateway keeps what it made. */
export const MEDIA = '/media/';

/** An envelope without a result. */
export const envelope = (code: number) => JSON.stringify({ ErrCode: code, ErrMsg: 'why', Resp: null });

/** How a video stands, as the vendor says it: without pixels, as long as nobody looks. */
export const standing = (status: number, url = '') =>
  JSON.stringify({ ErrCode: 0, ErrMsg: 'success', Resp: { id: 1, status, url, outputWidth: 0, outputHeight: 0 } });

/** Something else answers. */
export const answer = (body: string | Uint8Array, status = 200, headers: Record<string, string> = {}) =>
  ({ type: 'answer', status, body, headers }) as const satisfies Fault;

/** The row, and what a test does with it. */
export interface Scene extends Row {
  readonly wire: WireFaults;
  readonly client: PixverseClient;
  readonly clock: SettableClock;
  create(more?: Record<string, unknown>): Promise<number>;
  job(id: number): Promise<JobView>;
  state(id: number): Promise<string>;
  /** Lets the near gateway's time pass in small steps until something is so. */
  pass(so: () => Promise<boolean> | boolean, stepMs?: number): Promise<void>;
  /** Until the job is in one of the states. */
  until(id: number, states: readonly string[], stepMs?: number): Promise<void>;
  /** Jobs the far gateway began. */
  begun(): Promise<number>;
  /** How each attempt of a job ended, in order. */
  attempts(id: number): Promise<string[]>;
  /** What the account rests for, or `ok`. */
  health(): Promise<string>;
  /** Nothing is held, what was spent since `before` is `spent`, and the books balance. */
  settled(before: number, spent: number): Promise<void>;
}

/** Starts the scene. */
export async function openScene(t: Ending, options: RowOptions = {}): Promise<Scene> {
  const clock = new SettableClock();
  let wire: WireFaults | undefined;
  const row = await startRow(t, {
    ...options,
    near: { clock },
    async through(far) {
      wire = await startWireFaults(t, far.url);
      return wire.url;
    },
  });
  assert.ok(wire);
  const client = pixverseClient(row.near);
  const native = nativeClient(row.near);
  const { gateway, operator } = row.near.app;
  const job = (id: number) => gateway.job(operator, id);
  const state = async (id: number) => (await job(id)).state;
  const pass = async (so: () => Promise<boolean> | boolean, stepMs = 200) => {
    while (!(await so())) {
      // While a result is checked time is the machine's: how long that takes is no matter of these tests.
      const storing = await gateway.jobs(operator, { state: 'storing', limit: 1 });
      if (storing.length === 0) clock.pass(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    ...row,
    ...{ wire, client, clock, job, state, pass },
    create: async (more = {}) =>
      Number(accepted(await client.post(CREATE, { body: { ...SMALL_TEXT, ...more } }))['video_id']),
    until: (id, states, stepMs) => pass(async () => states.includes(await state(id)), stepMs),
    begun: async () => (await row.far.app.gateway.jobs(row.far.app.operator, { limit: 100 })).length,
    async attempts(id) {
      const { placements } = await gateway.why(operator, id);
      return (placements ?? []).map(({ code, state }) => code ?? state);
    },
    health: async () => (await gateway.accountDetail(operator, row.accountId)).health.state,
    async settled(before, spent) {
      assert.equal(await balanceOf(client), before - spent);
      const { body } = await native.send('POST', '/ledger/verify');
      assert.deepEqual((body as LedgerWire).problems, []);
      assert.equal((await gateway.balance(operator)).held, 0);
    },
  };
}
