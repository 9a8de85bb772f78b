import type { FastifyRequest } from 'fastify';
import { Refusal } from '../std/errors.ts';
import { readId } from '../std/ids.ts';
import type { Door } from './context.ts';
import { armDoor } from './http.ts';
import { plainRefusal } from './plain.ts';

/** Largest call, bytes: what vendors send is a few hundred. */
const CALL_BYTES_MAX = 64 * 1024;

/**
 * Where vendors call us about the work of our accounts: `POST /callbacks/<kind>/<account id>`. There is no key: each
 * vendor's own signature is the permission, judged by the driver (`Upstream.hear`), and all a call does is hurry a question.
 */
export const callbacksDoor: Door = {
  name: 'callbacks',
  prefix: '/callbacks',
  mount(app, { gateway, log }) {
    armDoor(app, { refusal: plainRefusal, log });
    // What is signed is the body as it came, so no parser may touch it.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: CALL_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
    app.post<{ Params: { kind: string; account: string } }>('/:kind/:account', async (request, reply) => {
      const { kind, account } = request.params;
      const id = readId(account);
      if (id === undefined)
        throw new Refusal('not_found', { message: 'The address must end with the id of an account.' });
      const body = typeof request.body === 'string' ? request.body : '';
      const answer = await gateway.hear(kind, id, { headers: headersOf(request), body });
      return reply.type('text/plain; charset=utf-8').send(answer);
    });
  },
};

function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = Array.isArray(value) ? value[0] : value;
  return headers;
}
