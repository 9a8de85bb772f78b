import type { FastifyInstance, FastifyRequest } from 'fastify';
import { refuse } from '../std/errors.ts';
import { balanceAnswer } from '../wire/crun/balance.ts';
import { crun } from '../wire/crun/dialect.ts';
import type { Door, DoorContext } from './context.ts';
import { armDoor } from './http.ts';
import { bearerKey, requireKey } from './keys.ts';

/** CRUN's client API. */
export const crunDoor: Door = { name: crun.name, prefix: crun.prefix, mount };

function mount(app: FastifyInstance, context: DoorContext): void {
  armDoor(app, { refusal: (refusal) => crun.refusal(refusal), log: context.log });
  const sender = requireKey(app, async (request) =>
    context.gateway.authenticate(keyOf(request) ?? refuse('key_missing')),
  );
  app.get('/account/balance', async (request) => balanceAnswer(await context.gateway.balance(sender(request))));
}

/** `x-api-key`; a Bearer token where it is absent. reference/crun-and-peers.md §1.1. */
function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-api-key'];
  if (typeof header === 'string' && header.trim() !== '') return header.trim();
  return bearerKey(request.headers.authorization);
}
