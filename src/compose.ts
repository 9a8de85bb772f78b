/**
 * The composition root: the one place that knows every part by name. A configuration becomes a gateway that can be
 * spoken to (`gateway`), and one that listens and works once `listen` is called.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openFsBlobs } from './blobs/fs.ts';
import type { Config } from './config.ts';
import type { Effects, FaultPoint, Log } from './contracts/effects.ts';
import type { Media } from './contracts/media.ts';
import type { KeyRing } from './contracts/secrets.ts';
import type { Store } from './contracts/store.ts';
import type { Upstream } from './contracts/upstream.ts';
import type { Principal } from './contracts/views.ts';
import { AccountPool } from './core/placement.ts';
import type { DoorContext } from './doors/context.ts';
import type { Said } from './doors/native/call.ts';
import { callDirectly } from './doors/native/direct.ts';
import { mountDoors } from './doors/registry.ts';
import { bootstrap, operator } from './engine/admin/bootstrap.ts';
import { type Engine, noWork } from './engine/context.ts';
import { createGateway, type Gateway } from './engine/gateway.ts';
import { carriedInputs } from './engine/hear.ts';
import { type Loop, startLoop } from './engine/loop.ts';
import { openBooks } from './engine/books/money.ts';
import { register, unregister } from './engine/processes.ts';
import { keysFromFile, keysFromSettings } from './keys.ts';
import { openMedia } from './media/media.ts';
import { strangerFetch } from './net/fetch.ts';
import { webhookPost } from './net/post.ts';
import { createServer, type InboundServer } from './net/server.ts';
import { type Clock, systemClock } from './std/clock.ts';
import { messageOf } from './std/errors.ts';
import { faultFrom } from './std/faults.ts';
import { idMint } from './std/ids.ts';
import { pinoLog } from './std/log.ts';
import { randomInt, systemRandom } from './std/random.ts';
import { openUpstreams, SANDBOX } from './upstreams/registry.ts';
import { WEBHOOK_FORMATS } from './wire/formats.ts';
import type { NamedRoute } from './wire/native/routes.ts';
import { pixverseRules } from './wire/pixverse/neutral.ts';
import { pixverseCatalogWith } from './wire/pixverse/prices.ts';

/** Largest body read into memory; uploads are streamed under limits of their own. */
const BODY_LIMIT_BYTES = 1_000_000;
/** Address of the account that a first start makes. */
const FIRST_ACCOUNT = 'local@reelpool.internal';
const FIRST_ACCOUNT_JOBS = 5;
/** Accounts used so close to each other come in any order, so that processes do not all choose the same. */
const JITTER_MS = 250;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** A composed gateway. */
export interface App {
  readonly gateway: Gateway;
  /** Who offline commands act as. */
  readonly operator: Principal;
  readonly firstStart: {
    /** The admin key, on the first start of a store; else null. */ readonly adminKey: string | null;
  };
  /** Answers a call of the native API as the operator, without HTTP, whether it listens or not. */
  native(named: NamedRoute, said: Said): Promise<unknown>;
  /** Takes requests and works off jobs. */
  listen(): Promise<{ url: string }>;
  /** Claims nothing new, lets what runs end within the grace period, closes everything. May be called more than once. */
  close(): Promise<void>;
}

/** What may be passed in beside the configuration. */
export interface ComposeOptions {
  readonly log?: Log;
  /** The machine's where absent; a test hands in one that it can set. */
  readonly clock?: Clock;
  /** Called when this process must end: another has taken over its jobs. */
  readonly onFatal?: (reason: string) => void;
}

/** Builds a gateway. Rejects with a plain sentence where a part cannot be opened; then nothing stays open. */
export async function compose(config: Config, options: ComposeOptions = {}): Promise<App> {
  const log = options.log ?? pinoLog(config.logLevel);
  const fault = faultFrom(process.env['REELPOOL_FAULT_POINT']);
  const effects: Effects = {
    clock: options.clock ?? systemClock,
    random: systemRandom,
    log,
    fault: (point: FaultPoint) => fault(point),
  };
  await mkdir(config.data, { recursive: true, mode: 0o700 });
  await chmod(config.data, 0o700);
  const keys = await keyRing(config, log);
  const store = await openStore(config, log);
  try {
    return await assemble(config, options, { effects, keys, store });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Only the driver that is used is loaded: it is part of how fast a gateway starts. */
async function openStore(config: Config, log: Log): Promise<Store> {
  if (config.database === null) {
    const { openSqlite } = await import('./store/sqlite.ts');
    const { isEmptyStore } = await import('./store/folder.ts');
    // The folder of kept files is made after the store: where it is, a store was lost, and a new one would not know it.
    if (existsSync(path.join(config.data, 'blobs', 'data')) && isEmptyStore(config.data)) {
      throw new Error(
        `The database in ${config.data} is empty, and files of a gateway are kept beside it. Put a backup of the whole folder in its place, or start in another folder (REELPOOL_DATA)`,
      );
    }
    return openSqlite({ folder: config.data, log });
  }
  const { openPostgres } = await import('./store/postgres.ts');
  return openPostgres({ url: config.database, log });
}

async function assemble(
  config: Config,
  options: ComposeOptions,
  parts: { effects: Effects; keys: KeyRing; store: Store },
): Promise<App> {
  const { effects, keys, store } = parts;
  const process = await register(store, effects, store.exclusive);
  const lastId = await store.read((q) => q.processes.lastId());
  const blobs = await openFsBlobs(path.join(config.data, 'blobs'), effects.clock);
  const media = await openMedia({
    engine: config.mediaEngine,
    workers: config.renderWorkers,
    tempFolder: path.join(config.data, 'tmp'),
    ...(config.font === null ? {} : { fontPath: config.font }),
    log: effects.log,
    clock: effects.clock,
  });
  const catalog = pixverseCatalogWith(config);
  const allowLoopback = config.fetchLoopback === 'auto' ? LOOPBACK.test(config.host) : config.fetchLoopback === 'allow';
  const fetch = strangerFetch({ allowLoopback, clock: effects.clock });
  const upstreams = await openUpstreams({
    folder: config.data,
    media,
    blobs,
    effects,
    catalog,
    shared: !store.exclusive,
    fetch,
    carried: carriedInputs({ store, effects }),
    settings: {
      pixverse: {
        replayWindowMs: config.pixverseReplayMs,
        slotHorizonMs: config.pixverseSlotHorizonMs,
        creditHorizonMs: config.pixverseCreditHorizonMs,
      },
    },
  });
  const engine: Engine = {
    store,
    blobs,
    media,
    upstreams,
    catalog,
    rules: pixverseRules(catalog.templates),
    fetch,
    webhooks: {
      post: webhookPost({ allowLoopback, clock: effects.clock }),
      formats: WEBHOOK_FORMATS,
      origin: config.publicUrl ?? '',
    },
    effects,
    ids: idMint(effects.clock, process.node, lastId),
    processId: process.id,
    secrets: { keys, media: [] },
    settings: {
      queueDepth: config.queueDepth,
      requestsPerSecond: config.requestsPerSecond,
      mediaTtlMs: config.mediaTtlMs,
      replayTtlMs: config.replayTtlMs,
      timelineTtlMs: config.timelineTtlMs,
      deliveryTtlMs: config.deliveryTtlMs,
      resultMaxBytes: config.resultMaxBytes,
    },
    pool: new AccountPool({ seed: randomInt(systemRandom, 2 ** 31), jitterMs: JITTER_MS }),
    books: new Map(),
    work: noWork(),
  };
  const account = { upstream: SANDBOX, name: FIRST_ACCOUNT, maxJobs: FIRST_ACCOUNT_JOBS };
  const firstStart = await bootstrap(engine, { key: config.bootstrapKey, account });
  await openBooks(engine);
  return new ComposedApp(config, options, engine, media, firstStart, await operator(engine));
}

class ComposedApp implements App {
  readonly gateway: Gateway;
  readonly operator: Principal;
  readonly firstStart: { adminKey: string | null };
  readonly #config: Config;
  readonly #engine: Engine;
  readonly #media: Media;
  readonly #options: ComposeOptions;
  #server: InboundServer | null = null;
  #loop: Loop | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    config: Config,
    options: ComposeOptions,
    engine: Engine,
    media: Media,
    firstStart: { adminKey: string | null },
    who: Principal,
  ) {
    this.#config = config;
    this.#options = options;
    this.#engine = engine;
    this.#media = media;
    this.firstStart = firstStart;
    this.operator = who;
    this.gateway = createGateway(engine, () => (this.#closing ? 'The gateway is stopping' : null));
  }

  native(named: NamedRoute, said: Said): Promise<unknown> {
    return callDirectly(
      this.#contextOf(() => ''),
      this.operator,
      named,
      said,
    );
  }

  #contextOf(origin: DoorContext['origin']): DoorContext {
    const { clock, log, random } = this.#engine.effects;
    return { gateway: this.gateway, origin, log, clock, random };
  }

  async listen(): Promise<{ url: string }> {
    const { host, port, publicUrl } = this.#config;
    const { clock, log } = this.#engine.effects;
    const server = createServer({
      host,
      port,
      trustProxy: trustedProxies(this.#config.trustProxy),
      publicUrl,
      log,
      clock,
      bodyLimitBytes: BODY_LIMIT_BYTES,
    });
    mountDoors(
      server.app,
      this.#contextOf((request) => server.originOf(request)),
    );
    this.#server = server;
    const at = await server.listen();
    this.#engine.webhooks.origin = publicUrl ?? at.url;
    this.#loop = startLoop(this.#engine, () =>
      this.#options.onFatal?.('another process has taken over the jobs of this one'),
    );
    return { url: at.url };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock, log } = this.#engine.effects;
    const grace = this.#config.gracePeriodMs;
    const cancel = clock.setTimer(grace, () => this.#engine.work.abort.abort());
    await Promise.all([this.#server?.close(grace), this.#loop?.stop()]);
    cancel();
    for (const upstream of this.#engine.upstreams.values() as Iterable<Upstream>) await upstream.close();
    await this.#media.close();
    await unregister(this.#engine).catch((error: unknown) => {
      // The next start, or another process in a while, finds the jobs all the same.
      log.warn({ cause: messageOf(error) }, 'this process could not say goodbye');
    });
    await this.#engine.store.close();
  }
}

/** The setting in the form the server reads. */
function trustedProxies(setting: Config['trustProxy']): boolean | string | number {
  return Array.isArray(setting) ? setting.join(',') : setting;
}

/** The encryption keys: of the configuration, else of the file in the data folder, made on the first start with mode 0600. */
async function keyRing(config: Config, log: Log): Promise<KeyRing> {
  const { encryptionKey, formerEncryptionKeys: former } = config;
  if (encryptionKey !== null) return keysFromSettings([encryptionKey, ...former]);
  // The key is made before the store: where there is a store, there was one, and a new one would open nothing.
  const { holdsStore } = await import('./store/folder.ts');
  const mayMake = config.database !== null || !holdsStore(config.data);
  return keysFromFile({ folder: config.data, former, mayMake, log });
}
