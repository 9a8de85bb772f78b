/**
 * Authenticated reads through the door, against `node:http` answering a constant of the same size. A read here is what a
 * client's poll loop sends: its key, a trace id, and the whole answer built from the store's truth.
 */
import { type Comparison, compare, type Effort } from '../compare.ts';
import { createBody, DOOR, doorHeaders, send } from '../door.ts';
import { request } from '../load.ts';
import type { Finding, Row } from '../row.ts';
import { type Server, startServer } from '../server.ts';

const CONNECTIONS = 64;

export const reads: Row = {
  name: 'reads',
  async run(effort) {
    const gateway = await startServer('gateway');
    try {
      const key = gateway.hello['key'] ?? '';
      const created = await send(gateway.port, key, 'POST', `${DOOR}/video/text/generate`, createBody);
      const id = (JSON.parse(created) as { Resp: { video_id: number } }).Resp.video_id;
      return [
        await read('balance reads', `${DOOR}/account/balance`, gateway, key, effort),
        await read('status reads', `${DOOR}/video/result/${id}`, gateway, key, effort),
      ];
    } finally {
      await gateway.stop();
    }
  },
};

async function read(what: string, path: string, gateway: Server, key: string, effort: Effort): Promise<Finding> {
  const answer = await send(gateway.port, key, 'GET', path);
  const bare = await startServer('bare', [String(Buffer.byteLength(answer))]);
  try {
    const headers = doorHeaders(key);
    const found = await compare(
      { server: gateway, target: { port: gateway.port, ...request('GET', path, headers), expect: '"ErrCode":0' } },
      { server: bare, target: { port: bare.port, ...request('GET', path, headers), expect: '"bare"' } },
      CONNECTIONS,
      effort,
    );
    return { what, goal: { atLeast: 0.8, unit: '×' }, value: found.ratio, detail: describe(found, 'node:http') };
  } finally {
    await bare.stop();
  }
}

/**
 * The numbers behind a ratio. The CPU time of one answer, and the ratio of these times, are the steadier ones on a machine
 * that also does other things: they leave out the time a server was not let run (or waited for a disk).
 */
export function describe(found: Comparison, baseline: string): string {
  const rate = (value: number) => `${Math.round(value).toLocaleString('en-US')}/s`;
  const busy = (value: number) => `${Math.round(value * 100)} %`;
  const each = (micros: number) => `${micros.toFixed(1)} µs`;
  const { oursCpu, baselineCpu } = found;
  return `${rate(found.ours)} (${busy(found.oursBusy)} of a core, ${each(oursCpu)} of CPU each) beside ${baseline} ${rate(found.baseline)} (${busy(found.baselineBusy)}, ${each(baselineCpu)}); by CPU time ${(baselineCpu / oursCpu).toFixed(2)} ×`;
}
