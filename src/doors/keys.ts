import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../contracts/views.ts';

/** The key in an `Authorization: Bearer <key>` header; undefined where there is none. The scheme's case is ignored. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return /^Bearer[ \t]+(\S+)[ \t]*$/i.exec(authorization ?? '')?.[1];
}

const SENDER = Symbol('sender');

/** A request whose key was checked. */
type Sent = FastifyRequest & { [SENDER]?: Principal | null };

/**
 * Makes a door check the key of every request before its body is read. Unknown routes are answered without a key:
 * they tell nothing. Returns who sent a request, for its handlers.
 * @param authenticate finds the key where the dialect carries it and checks it, or refuses.
 */
export function requireKey(
  app: FastifyInstance,
  authenticate: (request: FastifyRequest) => Principal | Promise<Principal>,
): (request: FastifyRequest) => Principal {
  // A property of the request: a WeakMap would make the garbage collector pay for every request.
  if (!app.hasRequestDecorator(SENDER)) app.decorateRequest(SENDER, null);
  // With a callback: a known key is checked at once, and a promise would cost as much as the check.
  app.addHook('onRequest', (request: Sent, _reply, done) => {
    const who = request.is404 ? null : authenticate(request);
    if (who instanceof Promise) {
      who.then((found) => {
        request[SENDER] = found;
        done();
      }, done);
      return;
    }
    request[SENDER] = who;
    done();
  });
  return (request: Sent) => {
    const who = request[SENDER];
    if (!who) throw new Error(`${request.url} was reached without a key`);
    return who;
  };
}
