/** What a client of the PixVerse door sees of the trigger words (docs/local-upstream.md), and that nothing is charged for a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';

test('triggers end jobs as they say, and what failed costs nothing', async (t) => {
  const client = pixverseClient(await startGateway(t));
  const balance = async () => {
    const { credit_monthly: monthly, credit_package: pack } = accepted(await client.get('/account/balance'));
    return Number(monthly) + Number(pack);
  };
  const before = await balance();
  const ends = { moderated: 7, failed: 8, placeholder: 8, 'no-pixels': 8, 'slow=1': 1, overload: 1, full: 1 };
  const jobs = await Promise.all(
    Object.entries(ends).map(async ([name, status]) => {
      const body = { ...SMALL_TEXT, prompt: `a tram [reelpool:${name}]` };
      const created = accepted(await client.post('/video/text/generate', { body }));
      return { name, status, id: Number(created['video_id']) };
    }),
  );
  for (const { name, status, id } of jobs) {
    const resultOf = async () => accepted(await client.get(`/video/result/${id}`));
    let result = await resultOf();
    for (; result['status'] === 5; result = await resultOf()) await pause(100);
    assert.equal(result['status'], status, name);
  }
  const paid = Object.values(ends).filter((status) => status === 1).length;
  assert.equal(await balance(), before - 5 * paid);
});
