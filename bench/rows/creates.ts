/**
 * Durable creates (authenticated, validated, priced, held, written down and fsynced before the answer) against a fastify
 * route that parses the same body and sends it back. Every create has a trace id of its own. The account is paused, so
 * that the renderer does not take the core the door needs: the jobs wait.
 */
import { compare } from '../compare.ts';
import { createBody, DOOR, doorHeaders } from '../door.ts';
import { request } from '../load.ts';
import type { Row } from '../row.ts';
import { startServer } from '../server.ts';
import { describe } from './reads.ts';

const CONNECTIONS = 256;

export const creates: Row = {
  name: 'creates',
  async run(effort) {
    const gateway = await startServer('gateway', ['--idle-pool', '--credits=1000000000']);
    const echo = await startServer('echo');
    try {
      const headers = doorHeaders(gateway.hello['key'] ?? '', '#');
      const path = `${DOOR}/video/text/generate`;
      const found = await compare(
        {
          server: gateway,
          target: { port: gateway.port, ...request('POST', path, headers, createBody), expect: '"ErrCode":0' },
        },
        {
          server: echo,
          target: { port: echo.port, ...request('POST', '/echo', headers, createBody), expect: '"prompt"' },
        },
        CONNECTIONS,
        effort,
      );
      const goal = { atLeast: 0.45, unit: '×' } as const;
      return [{ what: 'durable creates', goal, value: found.ratio, detail: describe(found, 'fastify echo') }];
    } finally {
      await gateway.stop();
      await echo.stop();
    }
  },
};
