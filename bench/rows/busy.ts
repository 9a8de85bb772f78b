/** How long one client waits for its balance while two clips are drawn beside it. */
import { createBody, DOOR, send } from '../door.ts';
import type { Row } from '../row.ts';
import { startServer } from '../server.ts';

/** A clip that is drawn for longer than is measured. */
const LONG = JSON.stringify({ ...(JSON.parse(createBody) as object), duration: 15, quality: '1080p' });
const READS_MIN = 200;

/** Reads one after the other, each timed from before it is sent until its body is there. */
export const busy: Row = {
  name: 'busy',
  async run({ rounds, roundMs, warmUpMs }) {
    const gateway = await startServer('gateway', ['--credits=10000', '--workers=2']);
    try {
      const { port } = gateway;
      const key = gateway.hello['key'] ?? '';
      const read = () => send(port, key, 'GET', `${DOOR}/account/balance`);
      for (let i = 0; i < 2; i++) await send(port, key, 'POST', `${DOOR}/video/text/generate`, LONG);
      const warm = performance.now() + warmUpMs;
      while (performance.now() < warm) await read();
      const times: number[] = [];
      const end = performance.now() + rounds * roundMs;
      while (performance.now() < end || times.length < READS_MIN) {
        const started = performance.now();
        await read();
        times.push(performance.now() - started);
      }
      times.sort((a, b) => a - b);
      const at = (part: number) => times[Math.floor(times.length * part)] ?? Number.NaN;
      const detail = `${times.length} reads; half within ${at(0.5).toFixed(1)} ms, the slowest ${at(1 - 1e-9).toFixed(1)} ms`;
      const what = 'p99 of a balance read while two clips are drawn';
      return [{ what, goal: { atMost: 50, unit: 'ms' }, value: at(0.99), detail }];
    } finally {
      await gateway.stop();
    }
  },
};
