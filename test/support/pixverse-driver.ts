/** The PixVerse driver with our own door as the vendor: a gateway with the renderer behind it, over loopback HTTP. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openFsBlobs } from '../../src/blobs/fs.ts';
import type { Blobs } from '../../src/contracts/blobs.ts';
import type { Effects } from '../../src/contracts/effects.ts';
import type { Media } from '../../src/contracts/media.ts';
import type { AccountAccess, AttemptOrder, Upstream } from '../../src/contracts/upstream.ts';
import { checkResult, expectationOf } from '../../src/core/expectation.ts';
import type { JobRequest } from '../../src/core/request.ts';
import { carriedInputs } from '../../src/engine/hear.ts';
import { strangerFetch } from '../../src/net/fetch.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openPixverse, type PixverseSettings } from '../../src/upstreams/pixverse/driver.ts';
import { readSecret } from '../../src/upstreams/pixverse/secret.ts';
import { pixverseCatalog } from '../../src/wire/pixverse/prices.ts';
import { addAccount } from '../store/contract/backend.ts';
import { PICTURE } from '../upstreams/world.ts';
import { type Ending, startAlone, type TestGateway } from './gateway.ts';
import { pngPicture } from './png.ts';

const SETTINGS: PixverseSettings = { replayWindowMs: 300_000, slotHorizonMs: 600_000, creditHorizonMs: 7_200_000 };
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A driver's surroundings, which outlive it. */
export interface DriverWorld {
  readonly far: TestGateway;
  readonly account: AccountAccess;
  readonly blobs: Blobs;
  /** Opens the driver; every one that was opened is closed when the test ends. */
  open(effects?: Partial<Effects>): Promise<Upstream>;
  /** An account at the far gateway, by way of an address. */
  accountAt(url: string, more?: Record<string, string>): AccountAccess;
  /** An order whose prompt holds its id. */
  order(id: string, request: JobRequest): AttemptOrder;
  /** Jobs the far gateway accepted for an attempt. */
  starts(attemptId: string): Promise<number>;
  /** Null, or why the bytes are not what the order asked for. */
  judge(order: AttemptOrder, bytes: Uint8Array, media: Media): Promise<string | null>;
}

/** Starts a far gateway and makes what a driver needs. */
export async function openDriverWorld(t: Ending): Promise<DriverWorld> {
  const far = await startAlone(t);
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-driver-'));
  const blobs = await openFsBlobs(path.join(folder, 'blobs'), systemClock);
  await blobs.put('picture', one(pngPicture(PICTURE.width, PICTURE.height)), 1_000_000);
  const store = await openSqlite({ folder, log: silent });
  const accountId = await store.write('seed', (q) => addAccount(q, 'far@example.com', 3));
  const opened: Upstream[] = [];
  t.after(async () => {
    for (const upstream of opened) await upstream.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const accountAt = (url: string, more: Record<string, string> = {}): AccountAccess => ({
    id: accountId,
    name: 'far@example.com',
    secret: readSecret({ apiKey: far.key, host: url, ...more }, null),
  });
  return {
    far,
    blobs,
    account: accountAt(far.url),
    accountAt,
    async open(effects = {}) {
      const all: Effects = {
        clock: systemClock,
        random: systemRandom,
        log: silent,
        fault: () => undefined,
        ...effects,
      };
      const upstream = await openPixverse({
        blobs,
        effects: all,
        catalog: pixverseCatalog,
        fetch: strangerFetch({ allowLoopback: true, clock: systemClock }),
        carried: carriedInputs({ store, effects: all }),
        settings: SETTINGS,
      });
      opened.push(upstream);
      return upstream;
    },
    order(id, request) {
      const inputs = request.inputs.map((input) => ({ ...input, blobKey: 'picture', info: PICTURE }));
      return { id, jobId: 1, request: { ...request, prompt: `${request.prompt} ${id}` }, inputs };
    },
    async starts(attemptId) {
      const jobs = await far.app.gateway.jobs(far.app.operator, { limit: 1000 });
      return jobs.filter(({ request }) => request.prompt.includes(attemptId)).length;
    },
    async judge(order, bytes, media) {
      const file = path.join(folder, `${order.id}.mp4`);
      await writeFile(file, bytes);
      const info = await media.check(file);
      const inputs = order.inputs.map((input) => input.info);
      return info === undefined ? 'it is no media' : checkResult(info, expectationOf(order.request, inputs), 'exact');
    },
  };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
