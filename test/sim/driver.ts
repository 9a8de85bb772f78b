/** The driver one gateway process has for a far side; every call passes the world's gates on its way out and back. */
import type { AttemptOrder, StartOutcome, StatusOutcome, Upstream } from '../../src/contracts/upstream.ts';
import { credits } from '../../src/std/credits.ts';
import type { Json } from '../../src/std/json.ts';
import { randomInt } from '../../src/std/random.ts';
import { COST_PER_S, type FarSide, type Run, TIMES } from './far-side.ts';
import type { Life, World } from './world.ts';

interface Line {
  readonly world: World;
  readonly life: Life;
  readonly far: FarSide;
  /** Create calls so far, by the plan's number of the job. */
  readonly creates: Map<number, number>;
}

/** The driver. `creates` is shared between all far sides and processes of a run. */
export function simDriver(world: World, life: Life, far: FarSide, creates: Map<number, number>): Upstream {
  const line: Line = { world, life, far, creates };
  const base: Upstream = {
    kind: far.manners.name,
    traits: {
      ...TIMES,
      dedupeWindowMs: far.manners.dedupes ? TIMES.dedupeWindowMs : null,
      tolerance: far.manners.tolerance,
      sandbox: false,
    },
    cost: (request) => credits(COST_PER_S * request.durationS),
    supports: (request) => far.manners.models.includes(request.model),
    start: (account, order, signal) => start(line, account.name, order, signal),
    status: (_account, ref, signal) => status(line, ref, signal),
    async fetch(_account, source) {
      await travel(line, 'fetch');
      const run = far.runs.get(source.url);
      const lie = run && far.lie(run.job, 'result');
      if (!run || lie?.result === 'never') return 'notYet';
      run.fetches += 1;
      if (lie?.result === 'missing' && run.fetches <= lie.times) return 'notYet';
      return body(line, run, lie?.result === 'cut' && run.fetches <= lie.times, lie?.result === 'endless');
    },
    watch(changed) {
      const listener = { life, changed };
      far.hear.add(listener);
      return () => far.hear.delete(listener);
    },
    async forget() {
      await travel(line, 'forget');
    },
    close: async () => undefined,
  };
  const cancel = far.manners.cancels ? cancels(line) : {};
  return {
    ...base,
    ...cancel,
    ...(far.manners.lookup ? lookup(line) : {}),
    ...(far.manners.balance ? balance(line) : {}),
  };
}

function balance(line: Line): Required<Pick<Upstream, 'balance'>> {
  const { far, life } = line;
  return {
    async balance({ id, name }) {
      far.watcher?.weighing(life, id);
      await travel(line, 'balance');
      const has = far.balance(name);
      far.watcher?.weighed(life, id, has);
      await travel(line, 'balance answer');
      return { daily: 0, monthly: 0, package: has };
    },
  };
}

function cancels(line: Line): Required<Pick<Upstream, 'cancel'>> {
  const { far } = line;
  return {
    async cancel(_account, ref) {
      await travel(line, 'cancel');
      const run = far.runs.get((ref as { attemptId: string }).attemptId);
      const cost = credits(COST_PER_S * (far.jobs.get(run?.job ?? -1)?.durationS ?? 0));
      const stopped = run !== undefined && far.cancel(run, cost);
      await travel(line, 'cancel answer');
      return stopped ? { type: 'cancelled' } : { type: 'refused', message: 'there is nothing to stop' };
    },
  };
}

function lookup(line: Line): Required<Pick<Upstream, 'lookup'>> {
  const { far } = line;
  return {
    async lookup(_account, attemptId) {
      await travel(line, 'lookup');
      return far.runs.has(attemptId) ? { type: 'accepted', ref: { attemptId } } : { type: 'absent' };
    },
  };
}

/** The way of a call: a gate, and some time. */
async function travel({ world, life, far }: Line, label: string): Promise<void> {
  await world.gate(life, `${far.manners.name}.${label}`);
  await world.sleep(life, 5 + randomInt(world.random, 300));
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function start(line: Line, account: string, order: AttemptOrder, signal: AbortSignal): Promise<StartOutcome> {
  const { far, world, life } = line;
  const job = order.request.seed;
  const cost = credits(COST_PER_S * order.request.durationS);
  await world.gate(life, `${far.manners.name}.create`);
  // Not one byte has left: what was given up before is not sent any more.
  if (signal.aborted) return { type: 'unsent', message: 'given up before it was sent' };
  far.watcher?.called(order);
  far.hint(job, order.id);
  const lie = far.nextCreate(job, line.creates);
  const begin = (): void => far.start(order, account, cost);
  switch (lie) {
    case 'not-sent':
      return { type: 'unsent', message: 'connection refused' };
    case 'concurrency':
      return answer(line, { type: 'refused', code: 'account_full', message: 'too many jobs at a time' });
    case 'rate-limit':
      return answer(line, { type: 'refused', code: 'account_limited', message: 'slow down', retryAfterMs: 5_000 });
    case 'account-refused':
      return answer(line, { type: 'refused', code: 'account_refused', message: 'credentials expired' });
    case 'exhausted':
      return answer(line, { type: 'refused', code: 'account_exhausted', message: 'no credits are left' });
    case 'busy':
      return answer(line, { type: 'refused', code: 'upstream_busy', message: 'come again later' });
    case 'caller-refused':
      far.watcher?.refused(order.id);
      return answer(line, { type: 'refused', code: 'parameter_invalid', message: 'this request is not liked' });
    case 'moderated':
      far.watcher?.refused(order.id);
      return answer(line, { type: 'refused', code: 'moderated', message: 'not allowed' });
    case 'request-lost':
      return answer(line, { type: 'unknown', message: 'the connection was reset' });
    case 'silent-nothing':
      await aborted(signal);
      return { type: 'unknown', message: 'no answer' };
    default:
      break;
  }
  const no = far.refusal(account, order.id, cost);
  if (no === 'slots') {
    far.watcher?.full(account, far);
    return answer(line, { type: 'refused', code: 'account_full', message: 'too many jobs at a time' });
  }
  if (no === 'credits') return answer(line, { type: 'refused', code: 'account_exhausted', message: no });
  if (no !== null) return answer(line, { type: 'refused', code: 'account_refused', message: no });
  begin();
  if (lie === 'driver-fails') throw new TypeError('cannot read properties of undefined');
  if (lie === 'silent') await aborted(signal);
  if (lie === 'slow-answer') await world.sleep(life, TIMES.startTimeoutMs - 2_000);
  const lost = lie === 'answer-lost' || lie === 'silent';
  return answer(
    line,
    lost ? { type: 'unknown', message: 'the answer was lost' } : { type: 'accepted', ref: { attemptId: order.id } },
  );
}

async function answer(line: Line, outcome: StartOutcome): Promise<StartOutcome> {
  await travel(line, 'create answer');
  return outcome;
}

async function status(line: Line, ref: Json, signal: AbortSignal): Promise<StatusOutcome> {
  const { far } = line;
  await travel(line, 'status');
  const id = (ref as { attemptId: string }).attemptId;
  const run = far.runs.get(id);
  if (!run) return { type: 'absent' };
  run.asked += 1;
  const lie = far.lie(run.job, 'status');
  if (lie && run.asked <= lie.times) {
    if (lie.status === 'strange-word') return { type: 'running', word: 'pondering' };
    if (lie.status === 'absent') return { type: 'absent' };
    if (lie.status === 'silent') await aborted(signal);
    if (lie.status === 'malformed') throw new SyntaxError('Unexpected token < in JSON at position 0');
    throw new Error('the connection was reset');
  }
  return far.status(run);
}

async function* body(line: Line, run: Run, cut: boolean, endless: boolean): AsyncGenerator<Uint8Array> {
  const { far } = line;
  const element = far.jobs.get(run.job);
  const file = far.file(run, { durationS: element?.durationS ?? 1, picture: element?.picture === true });
  const bytes = Buffer.from(JSON.stringify(file));
  yield bytes.subarray(0, 10);
  await line.world.gate(line.life, `${far.manners.name}.fetch more`);
  if (cut) throw new Error('the connection was reset');
  yield bytes.subarray(10);
  while (endless) yield Buffer.alloc(4_096);
}
