import type { Door } from './context.ts';
import { armDoor } from './http.ts';
import { plainRefusal } from './plain.ts';

/**
 * The root: how the gateway stands, for load balancers and container engines, and a word for people who open it in a
 * browser. Everything that no other door claims ends here, with a 404 in JSON.
 *
 * - `GET /healthz`: 200 while the process answers at all. Restart it when this fails.
 * - `GET /readyz`: 200 when jobs can be taken, else 503 with the reason. Send no traffic while this fails.
 *
 * @param others prefixes of the other doors, for the page at `/`.
 */
export function serviceDoor(others: readonly { readonly name: string; readonly prefix: string }[]): Door {
  const lines = others.map((door) => `  ${door.prefix.padEnd(16)} ${door.name}`);
  const welcome =
    'Reelpool: one endpoint, one balance and one queue in front of every AI-video account you own.\n\n' +
    `Point a client at the prefix of the API it speaks:\n\n${lines.join('\n')}\n\n` +
    'GET /healthz says whether it is alive, GET /readyz whether it takes jobs, GET /docs and GET /pool/v1/docs what can be asked.\n';
  return {
    name: 'service',
    prefix: '',
    mount(app, { gateway, log }) {
      armDoor(app, { refusal: plainRefusal, log });
      app.get('/', (_request, reply) => reply.type('text/plain; charset=utf-8').send(welcome));
      app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }));
      app.get('/readyz', async (_request, reply) => {
        const { ready, reason } = await gateway.status();
        reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
        return ready ? { status: 'ready' } : { status: 'not ready', reason };
      });
    },
  };
}
