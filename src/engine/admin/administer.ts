/**
 * How admins change things: the change, its line in the audit log and the answer that a repetition gets are one unit of
 * work, so there is no change without its line, and none twice.
 */
import type { Idempotency } from '../../contracts/administration.ts';
import type { AnswerRow, Op, Statements } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { shortHash } from '../../std/crypto.ts';
import { Refusal } from '../../std/errors.ts';
import type { Json } from '../../std/json.ts';
import { requireAdmin } from './access.ts';
import type { Engine } from '../context.ts';
import { openSealed, sealFor } from '../secrets.ts';

/** What a change came to. */
export interface Changed<T> {
  readonly answer: T;
  /** What was changed, e.g. `key:7`. */
  readonly subject: string;
  /** As it was and as it is, without secrets; null where there was nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * Runs a change. Refuses with `permission_denied` for any but an admin key, and with `idempotency_mismatch` where the
 * id came with another body.
 * @param action what is done, for the audit log, e.g. `key.change`.
 * @param run makes the change; its answer must be plain JSON.
 */
export async function administer<T>(
  engine: Engine,
  who: Principal,
  action: string,
  once: Idempotency | null | undefined,
  run: (q: Statements, now: number) => Op<Changed<T>>,
): Promise<T> {
  requireAdmin(who);
  return changeOnce(engine, who, action, once, run);
}

/** The same for what any key may change: `run` decides what it may see. */
export async function changeOnce<T>(
  engine: Engine,
  who: Principal,
  action: string,
  once: Idempotency | null | undefined,
  run: (q: Statements, now: number) => Op<Changed<T>>,
): Promise<T> {
  const now = engine.effects.clock.now();
  return engine.store.write(action, (q) =>
    onceOnly(engine, q, who, once, function* () {
      const { answer, subject, before, after } = yield* run(q, now);
      yield* writeDown(q, who, { action, subject, before, after }, now);
      return answer;
    }),
  );
}

/**
 * Runs the whole of a unit, and keeps its answer under the idempotency id, where there is one; a repetition gets that
 * answer and does nothing. Its answer must be plain JSON.
 */
export function* onceOnly<T>(
  engine: Engine,
  q: Statements,
  who: Principal,
  once: Idempotency | null | undefined,
  run: () => Op<T>,
): Op<T> {
  const repeat = repeatOf(who, once);
  if (!repeat) return yield* run();
  const first = yield* q.answers.get(repeat.scope);
  if (first) return answerAgain<T>(engine, repeat, first);
  const answer = yield* run();
  // A twin was faster: nothing of this unit may stay.
  if (yield* keepAnswer(engine, q, repeat, answer, engine.effects.clock.now()))
    throw new Refusal('unavailable', { message: 'The same request is being answered. Send it again.' });
  return answer;
}

/**
 * Runs what changes nothing of ours, such as asking somebody or sending a message; a repetition gets the first answer and
 * nothing is asked or sent again, unless both came at the same time.
 * @param act gives an answer of plain JSON.
 */
export async function actOnce<T>(
  engine: Engine,
  who: Principal,
  action: string,
  once: Idempotency | null | undefined,
  act: () => Promise<T>,
): Promise<T> {
  const repeat = repeatOf(who, once);
  if (!repeat) return act();
  const first = await engine.store.read((q) => q.answers.get(repeat.scope));
  if (first) return answerAgain<T>(engine, repeat, first);
  const answer = await act();
  return engine.store.write(action, function* (q) {
    const twin = yield* keepAnswer(engine, q, repeat, answer, engine.effects.clock.now());
    return twin ? answerAgain<T>(engine, repeat, twin) : answer;
  });
}

/** Adds a line to the audit log. What it is given must hold no secret. */
export function* writeDown(
  q: Statements,
  who: Principal,
  change: { action: string; subject: string; before: unknown; after: unknown },
  at: number,
): Op<void> {
  const { action, subject, before, after } = change;
  const { keyId, tenantId } = who;
  yield* q.auditLog.add({ at, keyId, tenantId, action, subject, ...differing(before as Json, after as Json) });
}

/** Of two objects only the members in which they differ: what did not change is no news. */
function differing(before: Json, after: Json): { before: Json; after: Json } {
  if (!isRecord(before) || !isRecord(after)) return { before: before ?? null, after: after ?? null };
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) && name !== 'updatedAt',
  );
  const only = (whole: { [name: string]: Json }) =>
    Object.fromEntries(changed.flatMap((name) => (name in whole ? [[name, whole[name] ?? null]] : [])));
  return { before: only(before), after: only(after) };
}

const isRecord = (value: Json): value is { [name: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const rowOf = (scope: string) => ({ kind: 'answer', id: scope, name: scope }) as const;

/** A request that may be repeated. */
interface Repeat {
  readonly scope: string;
  readonly fingerprint: string;
  readonly header: string;
}

function repeatOf(who: Principal, once: Idempotency | null | undefined): Repeat | undefined {
  if (!once) return undefined;
  const { header, route, id, body } = once;
  return { header, scope: shortHash(`${who.keyId}\n${route}\n${id}`), fingerprint: shortHash(body) };
}

/** Keeps the answer for a repetition; gives that of a twin that was faster. */
function* keepAnswer(
  engine: Engine,
  q: Statements,
  { scope, fingerprint }: Repeat,
  answer: unknown,
  createdAt: number,
): Op<AnswerRow | undefined> {
  const sealed = yield* sealFor(engine, q, rowOf(scope), JSON.stringify(answer));
  return yield* q.answers.insert({ scope, fingerprint, answer: sealed, createdAt });
}

function answerAgain<T>(engine: Engine, repeat: Repeat, first: AnswerRow): T {
  if (first.fingerprint === repeat.fingerprint) {
    return JSON.parse(openSealed(engine, { ...rowOf(repeat.scope), sealed: first.answer })) as T;
  }
  throw new Refusal('idempotency_mismatch', {
    field: repeat.header,
    message: `${repeat.header} was used before with another request. Send a new ${repeat.header} for every new request; repeat one only with the same body.`,
  });
}
