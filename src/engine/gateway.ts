import type { Administration, Idempotency } from '../contracts/administration.ts';
import type { RuledDraft } from '../contracts/catalog.ts';
import type { Library } from '../contracts/library.ts';
import type { MediaInfo } from '../contracts/media.ts';
import type { DryRunView, PlanView } from '../contracts/planning.ts';
import type { AccountPoolApi } from '../contracts/pool.ts';
import type { VendorCall } from '../contracts/upstream.ts';
import type {
  AccountView,
  AssetView,
  BalanceView,
  EventView,
  FeedPage,
  GatewayStatus,
  JobView,
  KnownInput,
  Principal,
} from '../contracts/views.ts';
import type { SecretDesk } from '../contracts/secrets.ts';
import type { WebhookDesk } from '../contracts/webhook.ts';
import type { JobState } from '../core/job.ts';
import type { JobWish } from '../core/operations.ts';
import type { JobDraft, JobRequest } from '../core/request.ts';
import { Refusal } from '../std/errors.ts';
import { randomInt } from '../std/random.ts';
import { authenticate, KeyMemory, requireAdmin } from './admin/access.ts';
import { getAccount, listAccounts, putAccount } from './accounts/accounts.ts';
import { secretDesk } from './admin/rotation.ts';
import { administration } from './admin/administration.ts';
import { admit } from './admit.ts';
import { balance } from './books/balance.ts';
import { cancel } from './cancel.ts';
import type { Engine } from './context.ts';
import { hear } from './hear.ts';
import { feed } from './feed.ts';
import { Memo } from './memo.ts';
import { dryRun, plan, type PlanOrder } from './plan.ts';
import { poolApi } from './accounts/pool.ts';
import { Twins } from './replay.ts';
import { templateMethods } from './templates.ts';
import { keptMethods } from './assets/kept.ts';
import { upload } from './assets/upload.ts';
import { usageMethods } from './books/usage.ts';
import { verifySound } from './assets/verified.ts';
import { isSignedMedia, jobViewOp, noSuchMedia, readAssetView, readJobView, seenJob } from './views.ts';
import { voiceMethods } from './assets/voices.ts';
import { finished } from './wait.ts';
import { webhookDesk } from './webhooks.ts';

/**
 * The one façade behind every door. Every method refuses with a `Refusal`; whatever else it throws is a defect.
 * What belongs to another tenant is `not_found`, exactly like what never existed (promise P9).
 */
export interface Gateway extends Administration, Library, AccountPoolApi {
  /** Checks a key, without waiting where it is known. Refuses with `key_wrong` (unknown) or `key_disabled` (revoked). */
  authenticate(secret: string): Principal | Promise<Principal>;

  /** What a job asked for in our own words comes to, with everything that was not said. Refuses what breaks a rule. */
  readWish(wish: JobWish): RuledDraft;
  /** Accepts a job: prices it, holds the credits and writes it down durably, or refuses and changes nothing. */
  createJob(who: Principal, order: JobOrder): Promise<{ job: JobView; replayed: boolean }>;
  /** What a job would come to, without making it. Refuses what a create refuses for good, and tells of the rest. */
  dryRun(who: Principal, order: JobOrder): Promise<DryRunView>;
  /** What many jobs would come to, or all of them made at once, or none. */
  plan(who: Principal, order: PlanOrder): Promise<PlanView>;
  /** Ends a job that waits, or one whose upstream confirms that it stops; else refuses with `cancel_refused`. */
  cancelJob(who: Principal, id: number): Promise<JobView>;
  /** One job. Its place in the queue and its account are looked up only where `detail` is asked for. */
  job(who: Principal, id: number, options?: { detail: boolean }): Promise<JobView>;
  /** One job once it has ended, or as it stands after so many milliseconds. */
  finished(who: Principal, id: number, withinMs: number): Promise<JobView>;
  /** Newest first. An admin sees every tenant's jobs. */
  jobs(who: Principal, filter: { state?: JobState; before?: number; limit: number }): Promise<JobView[]>;
  timeline(who: Principal, id: number): Promise<EventView[]>;
  /**
   * The timelines of all jobs that the key may see as they are written, in pages, until `signal` aborts; the first, at
   * once, is empty and says where the stream begins. A client sees its tenant's. `after`: the last event that was seen, or null for those from now on.
   */
  events(who: Principal, after: number | null, signal: AbortSignal): AsyncGenerator<FeedPage>;

  /** Keeps a file: streamed to blobs, probed, recorded. Refuses by the policy's limits; then nothing is kept. */
  upload(who: Principal, order: UploadOrder): Promise<{ asset: AssetView; replayed: boolean }>;
  /** Notes that an uploaded sound is fit, or refuses as `check` does; admission asks for it where a draft says so. */
  verifySound(
    who: Principal,
    sound: { readonly assetId: number; readonly field: string },
    check: (sound: KnownInput) => void,
  ): Promise<void>;
  /** Asset of this tenant, or a refusal `not_found`. */
  asset(who: Principal, id: number): Promise<AssetView>;
  /** Opens kept bytes by the signed path a view gave. `not_found` for a wrong or expired signature. */
  openMedia(assetId: number, extension: string, expires: string, signature: string): Promise<OpenedMedia>;

  balance(who: Principal): Promise<BalanceView>;
  readonly webhooks: WebhookDesk;
  /** The keys that seal; for admins. */
  readonly secrets: SecretDesk;

  /** Takes a vendor's call about the work of one of our accounts; the text it waits for. `not_found` where we expect none. */
  hear(kind: string, accountId: number, call: VendorCall): Promise<string>;

  /** These need the role admin and refuse others with `permission_denied`. */
  accounts(who: Principal): Promise<AccountView[]>;
  /** `account_not_found` where there is none. */
  account(who: Principal, name: string): Promise<AccountView>;
  putAccount(who: Principal, order: AccountOrder): Promise<{ account: AccountView; created: boolean }>;

  status(): Promise<GatewayStatus>;
}

export type { Idempotency, PlanOrder };

/** A job as a door asks for it. */
export interface JobOrder {
  /** Name of the dialect. */
  readonly dialect: string;
  readonly request: JobDraft;
  /**
   * The dialect's rules about the inputs themselves, once they are known: their lengths, sizes, codecs. Returns the
   * request as it is priced and sent, or refuses; pure. Absent where the draft says everything.
   */
  readonly complete?: (draft: JobDraft, inputs: readonly KnownInput[]) => JobRequest;
  readonly idempotency: Idempotency | null;
  readonly place?: JobPlace;
  /** The webhook the request names: its field, for messages, and the public origin for addresses in what is sent. */
  readonly webhook?: { readonly id: number; readonly field: string; readonly origin: string };
}

/** What a job may ask of its place in line, beside its key's own. */
export interface JobPlace {
  /** It goes to the stand-in that draws, and nowhere else. */
  readonly sandbox?: boolean;
  /** At most its key's; an admin's may have any. */
  readonly priority?: number;
  /** Of an admin's job; others use their key's. */
  readonly poolId?: number;
}

/** A file to keep. */
export interface UploadOrder {
  readonly source:
    | { readonly type: 'stream'; readonly body: AsyncIterable<Uint8Array>; readonly filename: string | null }
    | { readonly type: 'url'; readonly url: string };
  readonly policy: UploadPolicy;
  readonly idempotency: Idempotency | null;
}

/** What a dialect accepts as an upload; data in `wire/<vendor>/`. */
export interface UploadPolicy {
  readonly kind: 'image' | 'media';
  /** Types accepted, judged by content, e.g. `image/png`. */
  readonly mimes: readonly MediaInfo['mime'][];
  /** Types an address may be served as. */
  readonly declared: readonly string[];
  readonly maxBytes: number;
  /** Longest side in pixels. */
  readonly maxSidePx: number;
  /** Limits of one kind, narrower than those above. */
  readonly of: Readonly<
    Partial<
      Record<
        MediaInfo['kind'],
        { readonly maxBytes: number; readonly maxDurationMs: number; readonly maxSidePx?: number }
      >
    >
  >;
  /** The field, for messages, e.g. `image` or `image_url`. */
  readonly field: string;
}

/** An account as an admin configures it. */
export interface AccountOrder {
  /** Its address; also its name. */
  readonly name: string;
  readonly password: string;
  readonly maxJobs: number;
  readonly token: string | null;
}

/** Kept bytes, ready to serve. */
export interface OpenedMedia {
  readonly bytes: number;
  readonly mime: string;
  readonly sha256: string;
  readonly modifiedAt: number;
  read(range?: { start: number; end: number }): Promise<NodeJS.ReadableStream>;
}

/** Seeds are below it (core/request.ts). */
const SEED_SPAN = 2 ** 31;

/** The façade over one engine. `stopped` says why no jobs are taken, or null. */
export function createGateway(engine: Engine, stopped: () => string | null): Gateway {
  const memory = new KeyMemory();
  const twins = new Twins();
  const jobMemo = new Memo<JobView | undefined>(engine);
  const balances = new Memo<BalanceView>(engine);
  engine.store.onNotify((channel) => {
    if (channel === 'keys') memory.clear();
  });
  /** Methods for admin keys only. */
  const admin =
    <A extends unknown[], R>(run: (who: Principal, ...rest: A) => Promise<R>) =>
    async (who: Principal, ...rest: A): Promise<R> => {
      requireAdmin(who);
      return run(who, ...rest);
    };
  const open = (): void => {
    const why = stopped();
    if (why !== null)
      throw new Refusal('unavailable', { message: `${why}. Send the request again in a moment.`, retryAfterS: 5 });
  };
  return {
    authenticate: (secret) => authenticate(engine, memory, secret),
    readWish: (wish) => engine.rules.read(wish, () => randomInt(engine.effects.random, SEED_SPAN)),
    async createJob(who, order) {
      open();
      return admit(engine, memory, twins, who, order);
    },
    async dryRun(who, order) {
      open();
      return dryRun(engine, memory, who, order);
    },
    async plan(who, order) {
      open();
      return plan(engine, memory, who, order);
    },
    cancelJob: (who, id) => cancel(engine, who, id),
    job: (who, id, options) => readJobView(engine, who, id, options?.detail ? { detail: true } : { memo: jobMemo }),
    finished: (who, id, withinMs) => finished(engine, who, id, withinMs),
    jobs: (who, filter) => listJobs(engine, who, filter),
    timeline: (who, id) => timeline(engine, who, id),
    events: (who, after, signal) => feed(engine, who, after, signal),
    async upload(who, order) {
      open();
      return upload(engine, memory, twins, who, order);
    },
    verifySound: (who, sound, check) => verifySound(engine, who, sound, check),
    asset: (who, id) => readAssetView(engine, who, id),
    openMedia: (id, extension, expires, signature) => openMedia(engine, id, extension, expires, signature),
    balance: (who) => balances.get(who.tenantId, () => balance(engine, who.tenantId)),
    hear: (kind, accountId, call) => hear(engine, kind, accountId, call),
    accounts: admin(() => listAccounts(engine)),
    account: admin((_who, name: string) => getAccount(engine, name)),
    putAccount: admin((who, order: AccountOrder) => putAccount(engine, who, order)),
    ...administration(engine, memory),
    webhooks: webhookDesk(engine),
    secrets: secretDesk(engine),
    ...voiceMethods(engine),
    ...keptMethods(engine),
    ...usageMethods(engine),
    ...templateMethods(engine),
    ...poolApi(engine),
    status: async () => status(engine, stopped),
  };
}

function listJobs(
  engine: Engine,
  who: Principal,
  filter: { state?: JobState; before?: number; limit: number },
): Promise<JobView[]> {
  return engine.store.read(function* (q) {
    const rows = yield* q.jobs.list({ ...filter, ...(who.role === 'admin' ? {} : { tenantId: who.tenantId }) });
    const views: JobView[] = [];
    for (const row of rows) views.push(yield* jobViewOp(engine, q, row, false));
    return views;
  });
}

/** A job's story. Its first line, the acceptance, is in the job's own row: writing it twice would cost every create. */
async function timeline(engine: Engine, who: Principal, id: number): Promise<EventView[]> {
  const found = await engine.store.read(function* (q) {
    return { row: yield* seenJob(q, who, id), events: yield* q.jobs.events(id) };
  });
  const { createdAt, price } = found.row;
  return [
    { at: createdAt, kind: 'accepted', data: { price } },
    ...found.events.map(({ at, kind, data }) => ({ at, kind, data })),
  ];
}

async function openMedia(
  engine: Engine,
  id: number,
  extension: string,
  expires: string,
  signature: string,
): Promise<OpenedMedia> {
  if (!isSignedMedia(engine, { assetId: id, extension, expires }, signature)) throw noSuchMedia();
  if (Number(expires) <= engine.effects.clock.now()) throw noSuchMedia();
  const row = await engine.store.read((q) => q.assets.get(id));
  if (!row || row.deletedAt !== null) throw noSuchMedia();
  const info = row.info as unknown as MediaInfo;
  return {
    bytes: row.bytes,
    mime: info.mime,
    sha256: row.sha256,
    modifiedAt: row.createdAt,
    read: (range) => engine.blobs.read(row.blobKey, range),
  };
}

function status(engine: Engine, stopped: () => string | null): GatewayStatus {
  const reason = stopped() ?? engine.work.fault ?? (engine.pool.size === 0 ? 'no account is configured' : null);
  return { ready: reason === null, reason };
}
