import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { makeFile, testMedia } from '../media/fixtures.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { padIso } from '../support/iso.ts';
import { startChild } from '../support/process.ts';

const MB = 1024 * 1024;
const GROWTH_MAX_MB = 32;
const PIECE_BYTES = 256 * 1024;

/** Highest resident memory since it was last reset, in MB. Linux only. */
async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Sends a file in pieces, each when the one before has gone, so that nothing here decides what is buffered there. */
function send(url: string, file: Buffer): Promise<{ ErrCode: number; Resp: { media_id?: number } | null }> {
  const head = '--B\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n';
  const tail = '\r\n--B--\r\n';
  return new Promise((resolve, reject) => {
    const headers = {
      'api-key': TEST_KEY,
      'ai-trace-id': randomUUID(),
      'content-type': 'multipart/form-data; boundary=B',
      'content-length': head.length + file.length + tail.length,
    };
    const call = request(`${url}/openapi/v2/media/upload`, { method: 'POST', headers }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve(JSON.parse(text));
    });
    call.on('error', reject);
    call.write(head);
    const next = (at: number): void => {
      if (at >= file.length) call.end(tail);
      else call.write(file.subarray(at, at + PIECE_BYTES), () => next(at + PIECE_BYTES));
    };
    next(0);
  });
}

const skip = process.platform === 'linux' ? false : 'resident memory is read from /proc';

test('a file of 100 MB is streamed and probed without being held in memory [pixverse.media.memory]', {
  skip,
}, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-memory-'));
  const { url, child } = await startChild(folder);
  after(() => rm(folder, { recursive: true, force: true }));
  after(() => child.kill('SIGKILL'));
  const pid = child.pid ?? assert.fail('no process');
  const media = await testMedia(t);
  const small = await makeFile(media, 'a.mp4');
  const large = padIso(small, 100 * MB);
  // What the first uploads load (the parser, the prober's thread) is not the file's doing.
  for (let n = 0; n < 3; n++) assert.equal((await send(url, padIso(small, 2 * MB))).ErrCode, 0);
  // Sets the highest mark back to what is resident now.
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  const before = await peakMb(pid);
  const { ErrCode, Resp } = await send(url, large);
  assert.equal(ErrCode, 0);
  assert.ok(Resp?.media_id);
  const grown = (await peakMb(pid)) - before;
  t.diagnostic(`resident memory: ${before.toFixed(0)} MB before, ${grown.toFixed(1)} MB more at most`);
  assert.ok(grown < GROWTH_MAX_MB, `${grown} MB`);
});
