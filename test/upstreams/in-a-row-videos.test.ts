/** Two gateways in a row: what is made of a video, or speaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPERATIONS } from '../../src/core/request.ts';
import { rowSuite, USES_VIDEOS } from '../support/in-a-row-cases.ts';
import { accepted, pixverseClient } from '../support/pixverse-client.ts';

await rowSuite(
  'videos',
  OPERATIONS.filter((operation) => USES_VIDEOS.has(operation)),
  ({ far }) => {
    test('what is used again is carried once, and what the account made is not carried at all', async () => {
      const voices = await pixverseClient(far).get('/video/tts_speaker?speaker_type=custom&page_size=10');
      assert.equal(accepted(voices)['total'], 1, 'one voice for two jobs');
      const jobs = await far.app.gateway.jobs(far.app.operator, { limit: 100 });
      const sources = jobs.flatMap(({ request }) => request.inputs.filter(({ role }) => role === 'source'));
      assert.ok(sources.length > 5);
      assert.equal(new Set(sources.map(({ jobId }) => jobId)).size, 1, 'every source is the one video made there');
      const pictures = jobs.flatMap(({ request }) => request.inputs.filter(({ role }) => role === 'image'));
      assert.equal(new Set(pictures.map(({ assetId }) => assetId)).size, 1, 'and every picture the same upload');
    });
  },
);
