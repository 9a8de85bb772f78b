/** The client's stream of events: nothing missed and nothing twice, whatever cuts it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Answer, createClient, type Reelpool, ReelpoolError } from '../../src/client/client.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startMiddleman } from '../support/middleman.ts';
import { accepted, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';

type Event = Answer<'events', 'stream'>;

const STOPPING = JSON.stringify({
  ...{ type: 'urn:reelpool:error:unavailable', title: 'Not available right now', status: 503, detail: 'Stopping.' },
  ...{ code: 'unavailable', owner: 'us', retryable: true, retryAfterS: 1, credits: 'untouched' },
});

describe('events of the client', () => {
  let gateway: TestGateway;
  let reelpool: Reelpool;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    reelpool = createClient(gateway);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const create = async () =>
    Number(accepted(await pixverseClient(gateway).post('/video/text/generate', { body: SMALL_TEXT }))['video_id']);
  /** Reads until a job has succeeded. */
  const until = async (events: AsyncIterable<Event>, job: () => number): Promise<Event[]> => {
    const seen: Event[] = [];
    for await (const event of events) {
      seen.push(event);
      if (event.jobId === job() && event.kind === 'succeeded') break;
    }
    return seen;
  };
  const history = async () => {
    const job = await create();
    const all = await until(reelpool.events.stream({ after: 0 }), () => job);
    return { all, job };
  };

  test('it goes on after the last event that was seen, when the stream breaks or ends', async (t) => {
    const { all, job } = await history();
    const ids = all.map(({ id }) => id);
    assert.ok(ids.length >= 4);
    const { url, seen } = await startMiddleman(t, gateway.url, [
      // In the middle of the second.
      { cutAfter: `id: ${ids[1]}\n` },
      'drop',
      { status: 502, body: 'gone' },
      { status: 503, headers: { 'content-type': 'application/problem+json' }, body: STOPPING },
      { cutAfter: `id: ${ids[3]}\n` },
    ]);
    const broken = createClient({ url, key: gateway.key });
    const again = await until(broken.events.stream({ after: 0 }), () => job);
    assert.deepEqual(
      again.map(({ id }) => id),
      ids,
    );
    const from = seen.map(({ headers }) => headers['last-event-id']);
    assert.deepEqual(from, [undefined, String(ids[0]), String(ids[0]), String(ids[0]), String(ids[0]), String(ids[2])]);
    assert.match(seen[0]?.url ?? '', /after=0$/);
  });

  test('cut off before the first event, it goes on from where it began', async (t) => {
    await history();
    const { url, seen } = await startMiddleman(t, gateway.url, [{ cutAfter: '\n\n' }]);
    const watching = createClient({ url, key: gateway.key }).events.stream();
    let job = 0;
    const told = until(watching, () => job);
    while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    job = await create();
    const events = await told;
    assert.deepEqual(new Set(events.map(({ jobId }) => jobId)), new Set([job]));
    assert.match(seen[1]?.headers['last-event-id'] ?? '', /^\d+$/);
  });

  test('without retries it ends with the stream', async (t) => {
    const { all } = await history();
    const { url, seen } = await startMiddleman(t, gateway.url, [{ cutAfter: `id: ${all[1]?.id}\n` }]);
    const stream = createClient({ url, key: gateway.key, retries: 0 }).events.stream({ after: 0 });
    await assert.rejects(
      until(stream, () => -1),
      { name: 'NoAnswerError', message: /^The stream broke/ },
    );
    assert.equal(seen.length, 1);
  });

  test('what is refused for good is thrown; a signal ends it, and so does the reader', async () => {
    const stranger = createClient({ url: gateway.url, key: 'ak_wrong' }).events.stream();
    await assert.rejects(stranger.next(), ReelpoolError);
    const gone = new AbortController();
    const stream = reelpool.events.stream({ after: 0 }, { signal: gone.signal });
    assert.equal((await stream.next()).done, false);
    const reason = new Error('enough');
    const rest = until(stream, () => -1);
    gone.abort(reason);
    await assert.rejects(rest, (error) => error === reason);
    const other = reelpool.events.stream({ after: 0 });
    await other.next();
    assert.deepEqual(await other.return?.(), { value: undefined, done: true });
  });
});
