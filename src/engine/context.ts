import type { Blobs } from '../contracts/blobs.ts';
import type { Rules } from '../contracts/catalog.ts';
import type { Effects } from '../contracts/effects.ts';
import type { StrangerFetch } from '../contracts/fetch.ts';
import type { Media } from '../contracts/media.ts';
import type { KeyRing } from '../contracts/secrets.ts';
import type { AccountRow, AssetRow, Op, Statements, Store } from '../contracts/store.ts';
import type { AccountAccess, StartOutcome, Upstream } from '../contracts/upstream.ts';
import type { WebhookFormat, WebhookPost } from '../contracts/webhook.ts';
import type { AccountPool } from '../core/placement.ts';
import type { Catalog } from '../core/pricing.ts';
import { type ErrorCode, messageOf, Refusal } from '../std/errors.ts';
import type { IdMint } from '../std/ids.ts';
import type { Json } from '../std/json.ts';
import { Asking } from './accounts/asking.ts';
import { Balances } from './accounts/balances.ts';
import { openSealed } from './secrets.ts';

/** Everything the verbs of the engine share. Made once by compose.ts, or by a simulation for each process it plays. */
export interface Engine {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly media: Pick<Media, 'probe' | 'check' | 'cover'>;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly catalog: Catalog;
  /** For jobs that are asked for in our own words. */
  readonly rules: Rules;
  readonly fetch: StrangerFetch;
  readonly webhooks: EngineWebhooks;
  readonly effects: Effects;
  readonly ids: IdMint;
  /** Id of this process (processes.ts); the owner it writes on jobs. */
  readonly processId: string;
  readonly secrets: EngineSecrets;
  readonly settings: EngineSettings;
  readonly pool: AccountPool;
  /** Books of tenants, accounts and the operator, looked up once. */
  readonly books: Map<string, number>;
  /** Work in progress in this process. */
  readonly work: Work;
}

/** What deliveries are made of. */
export interface EngineWebhooks {
  readonly post: WebhookPost;
  /** The first is that of a webhook set up without one. */
  readonly formats: readonly WebhookFormat[];
  /** Public origin for addresses in what is sent, where the job's own request did not tell one; empty until it is known. */
  origin: string;
}

/** What seals, and what signs. */
export interface EngineSecrets {
  /** The encryption keys this process was given. */
  readonly keys: KeyRing;
  /** Keys that sign media paths, oldest first; renewed from the store (secrets.ts). */
  media: readonly MediaKey[];
}

/** A key that signs media paths from a moment on, until the next one's moment has come. */
export interface MediaKey {
  readonly key: Uint8Array;
  readonly from: number;
  /** Paths that it signed open until then; null while it is the newest. */
  readonly until: number | null;
}

/** What an operator may set; see config.ts. */
export interface EngineSettings {
  /** Jobs a new key may have waiting. */
  readonly queueDepth: number;
  /** Requests per second a key may send; 0 for no limit. */
  readonly requestsPerSecond: number;
  /** How long a media path is valid at least, ms. */
  readonly mediaTtlMs: number;
  /** How long answered POSTs are remembered, ms (at least 7 days). */
  readonly replayTtlMs: number;
  /** Age after which timelines of finished jobs are removed, ms. */
  readonly timelineTtlMs: number;
  /** Age after which finished deliveries are removed, ms. */
  readonly deliveryTtlMs: number;
  /** Largest result fetched, bytes. */
  readonly resultMaxBytes: number;
}

/** What runs now, so that no job is stepped twice at once and a stop can wait for the end. */
export interface Work {
  /** Jobs that a step of this process is working on, with the mark of the newest. */
  readonly active: Map<number, symbol>;
  /** Jobs whose placement is committed or on its way, and whose steps have not begun. */
  readonly placing: Set<number>;
  /** Which job an attempt of this process belongs to, for hints of `Upstream.watch`. */
  readonly attempts: Map<string, number>;
  /** Jobs whose next step should not wait for its time. */
  readonly hurried: Set<number>;
  /** What create calls came to that could not be written down yet, by attempt: it is known here and nowhere else. */
  readonly answers: Map<string, StartOutcome>;
  /** Results that were kept and checked and could not be settled yet, by attempt: they are not fetched again. */
  readonly kept: Map<string, KeptResult>;
  /** Blobs of this process that no row names yet. However old they look, they are not orphans. */
  readonly unnamed: Set<string>;
  /** Heartbeats of the other processes as last seen, and since when (monotonic ms) they stand still. */
  readonly heard: Map<string, { readonly heartbeatAt: number; readonly sinceMs: number }>;
  /** When upstreams are asked. */
  readonly asking: Asking;
  /** What accounts have. */
  readonly balances: Balances;
  /** Why nothing can be written down at the moment, as the last heartbeat found; null where it can. */
  fault: string | null;
  /** True once a stop was asked for: nothing new is claimed. */
  stopping: boolean;
  /** Aborts calls to upstreams when the grace period is over. */
  readonly abort: AbortController;
}

/** A result on disk that no row names yet. */
export interface KeptResult {
  readonly result: AssetRow;
  readonly cover: AssetRow | null;
  /** What else the upstream named, in its order. */
  readonly masks: readonly AssetRow[];
}

/** No work. */
export function noWork(): Work {
  return {
    active: new Map(),
    placing: new Set(),
    attempts: new Map(),
    hurried: new Set(),
    answers: new Map(),
    kept: new Map(),
    unnamed: new Set(),
    asking: new Asking(),
    balances: new Balances(),
    heard: new Map(),
    fault: null,
    stopping: false,
    abort: new AbortController(),
  };
}

/** A step found that another process has taken its job over: nothing it learned is written (promise P4). */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** True for the error that means "another process has this job now". */
export function isFenced(error: unknown): boolean {
  return error instanceof Fenced;
}

/** The upstream of a kind; a defect where an account names one that is not composed. */
export function upstreamOf(engine: Engine, kind: string): Upstream {
  const upstream = engine.upstreams.get(kind);
  if (!upstream) throw new Error(`no upstream of kind ${kind} is built into this program`);
  return upstream;
}

/** An account with its credential opened, for its driver. */
export function accessTo(engine: Engine, account: AccountRow): AccountAccess {
  return { id: account.id, name: account.name, secret: openSecret(engine, account) };
}

/** What was sealed for an account. Throws `Unsealable`. */
export function openSecret(engine: Pick<Engine, 'secrets'>, account: AccountRow): Json {
  return JSON.parse(
    openSealed(engine, { kind: 'account', id: account.id, name: account.name, sealed: account.secret }),
  ) as Json;
}

/** A row that must be there; its absence is a defect. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`missing: ${what}`);
  return value;
}

/** Runs a read that finds one row, or refuses. */
export async function findOr<T>(
  engine: Engine,
  unit: (q: Statements) => Op<T | undefined>,
  code: ErrorCode,
  message: string,
): Promise<T> {
  const found = await engine.store.read(unit);
  if (found === undefined) throw new Refusal(code, { message });
  return found;
}

/** Removes bytes that no row names or will. What cannot be removed now is found by the sweep. */
export async function discard(engine: Engine, blobKey: string): Promise<void> {
  engine.work.unnamed.delete(blobKey);
  await engine.blobs.remove(blobKey).catch((error: unknown) => {
    engine.effects.log.warn({ blob: blobKey, cause: messageOf(error) }, 'bytes that nobody needs could not be removed');
  });
}
