import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccountView, Principal } from '../contracts/views.ts';
import { Refusal, refuse } from '../std/errors.ts';
import { type AccountFields, accountAnswer, readAccount, sharedSessionTooEarly } from '../wire/useapi/accounts.ts';
import { channelsAnswer, deprecationHeaders } from '../wire/useapi/channels.ts';
import { useapiV1, useapiV2 } from '../wire/useapi/dialect.ts';
import { emailOf, featuresAnswer, onlyAccount, unknownEmail } from '../wire/useapi/features.ts';
import type { Door, DoorContext } from './context.ts';
import { readFields, withForms } from './forms.ts';
import { armDoor } from './http.ts';
import { bearerKey, requireKey } from './keys.ts';

/** useapi.net v2 for PixVerse. Paths take a trailing slash or none: the server ignores it. */
export const useapiV2Door: Door = {
  name: useapiV2.name,
  prefix: useapiV2.prefix,
  mount(app, context) {
    armDoor(app, { refusal: (refusal) => useapiV2.refusal(refusal), log: context.log });
    const admin = requireAdminKey(app, context);
    app.get('/features', async (request) => {
      const view = await accountMeant(context, admin(request), emailOf(request.query));
      return featuresAnswer(view, context.clock.now());
    });
    withForms(app, (scope) => {
      scope.post('/accounts', async (request, reply) => {
        const fields = readAccount(await readFields(request));
        return reply.code(201).send(accountAnswer(await putAccount(context, admin(request), fields)));
      });
      scope.post<{ Params: { email: string } }>('/accounts/:email', async (request, reply) => {
        const fields = readAccount(await readFields(request), request.params.email);
        return reply.code(201).send(accountAnswer(await putAccount(context, admin(request), fields)));
      });
    });
  },
};

/** useapi.net v1 for PixVerse, deprecated by its vendor: every answer says so and names what replaces it. */
export const useapiV1Door: Door = {
  name: useapiV1.name,
  prefix: useapiV1.prefix,
  mount(app, context) {
    const deprecation = deprecationHeaders(`${useapiV2.prefix}/accounts`);
    armDoor(app, {
      // Here too, because a URL that cannot be read is refused before any hook.
      refusal(refusal) {
        const answer = useapiV1.refusal(refusal);
        return { ...answer, headers: { ...answer.headers, ...deprecation } };
      },
      log: context.log,
    });
    app.addHook('onSend', async (_request, reply) => void reply.headers(deprecation));
    const admin = requireAdminKey(app, context);
    app.get('/account', async (request) => channelsAnswer(await context.gateway.accounts(admin(request))));
  },
};

/**
 * The key is a Bearer token; account and feature routes, all there are, need the role admin (DESIGN §7). Both are
 * checked before a body is read.
 */
function requireAdminKey(app: FastifyInstance, context: DoorContext): (request: FastifyRequest) => Principal {
  return requireKey(app, async (request) => {
    const who = await context.gateway.authenticate(bearerKey(request.headers.authorization) ?? refuse('key_missing'));
    return who.role === 'admin' ? who : refuse('permission_denied');
  });
}

/** The account that `?email=` names, or the only one there is. */
async function accountMeant(context: DoorContext, who: Principal, email: string | undefined): Promise<AccountView> {
  if (email === undefined) return onlyAccount(await context.gateway.accounts(who));
  const found = await findAccount(context, who, email);
  if (found === undefined) throw unknownEmail(email);
  return found;
}

async function findAccount(context: DoorContext, who: Principal, email: string): Promise<AccountView | undefined> {
  try {
    return await context.gateway.account(who, email);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'account_not_found') return undefined;
    throw error;
  }
}

/** Creates or replaces an account. A shared session is taken only for one that exists. */
async function putAccount(context: DoorContext, who: Principal, fields: AccountFields): Promise<AccountView> {
  const { email: name, password, maxJobs, token } = fields;
  if (token !== null && (await findAccount(context, who, name)) === undefined) throw sharedSessionTooEarly();
  return (await context.gateway.putAccount(who, { name, password, maxJobs, token })).account;
}
