import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Principal } from '../contracts/views.ts';
import type { Gateway } from '../engine/gateway.ts';
import { Refusal } from '../std/errors.ts';
import { readId } from '../std/ids.ts';
import { nativeDialect } from '../wire/native/dialect.ts';
import {
  encodeAccount,
  encodeBalance,
  encodeJob,
  encodeJobs,
  encodeKey,
  encodeLedger,
  encodeTimeline,
  type Reader,
} from '../wire/native/encode.ts';
import { readWire } from '../wire/native/read.ts';
import {
  type AccountsWire,
  type BalancesWire,
  type JobsWire,
  type JobWire,
  jobsQuerySchema,
  type KeysWire,
  type KeyWire,
  keyOrderSchema,
  type LedgerWire,
  type NewKeyWire,
  noQuerySchema,
  type TimelineWire,
} from '../wire/native/schemas.ts';
import type { Door, DoorContext } from './context.ts';
import { armDoor } from './http.ts';

/** `/pool/v1`: Reelpool's own API, which the commands use. Keys come as `Authorization: Bearer`, `API-KEY` or `x-api-key`. */
export const nativeDoor: Door = {
  name: nativeDialect.name,
  prefix: nativeDialect.prefix,
  mount(app, context) {
    const { gateway, log } = context;
    armDoor(app, { refusal: nativeDialect.refusal, log });

    app.get('/jobs', async (request): Promise<JobsWire> => {
      const { who, reader, query } = await enterWith(context, request, jobsQuerySchema);
      const { state, before, limit } = query;
      const filter = { limit, ...(state === undefined ? {} : { state }), ...(before === undefined ? {} : { before }) };
      return encodeJobs(await gateway.jobs(who, filter), limit, reader);
    });
    app.get<{ Params: { id: string } }>('/jobs/:id', async (request): Promise<JobWire> => {
      const { who, reader } = await enter(context, request);
      return encodeJob(await gateway.job(who, idOf(request.params.id, 'job'), { detail: true }), reader);
    });
    app.get<{ Params: { id: string } }>('/jobs/:id/timeline', async (request): Promise<TimelineWire> => {
      const { who, reader } = await enter(context, request);
      return encodeTimeline(await gateway.timeline(who, idOf(request.params.id, 'job')), reader);
    });
    app.get('/balances', async (request): Promise<BalancesWire> => {
      const { who } = await enter(context, request);
      return { balances: [encodeBalance(await gateway.balance(who))] };
    });
    app.get('/accounts', async (request): Promise<AccountsWire> => {
      const { who } = await enter(context, request);
      return { accounts: (await gateway.accounts(who)).map(encodeAccount) };
    });
    app.post('/ledger/verify', async (request): Promise<LedgerWire> => {
      const { who } = await enter(context, request);
      return encodeLedger(await gateway.verifyLedger(who));
    });
    mountKeys(app, context);
  },
};

function mountKeys(app: Parameters<Door['mount']>[0], context: DoorContext): void {
  const { gateway } = context;
  app.get('/keys', async (request): Promise<KeysWire> => {
    const { who } = await enter(context, request);
    return { keys: (await gateway.keys(who)).map(encodeKey) };
  });
  app.post('/keys', async (request, reply): Promise<NewKeyWire> => {
    const { who } = await enter(context, request);
    const { key, secret } = await gateway.createKey(who, readWire(keyOrderSchema, request.body));
    reply.code(201).header('cache-control', 'no-store');
    return { key: encodeKey(key), secret };
  });
  app.delete<{ Params: { id: string } }>('/keys/:id', async (request): Promise<KeyWire> => {
    const { who } = await enter(context, request);
    return encodeKey(await gateway.revokeKey(who, idOf(request.params.id, 'key')));
  });
}

/** Checks the key, then the query, which is empty on most routes. */
async function enter(context: DoorContext, request: FastifyRequest) {
  return await enterWith(context, request, noQuerySchema);
}

async function enterWith<T extends z.ZodType>(context: DoorContext, request: FastifyRequest, query: T) {
  const who = await authenticate(context.gateway, request);
  const reader: Reader = { origin: context.origin(request), role: who.role };
  return { who, reader, query: readWire(query, request.query) };
}

function authenticate(gateway: Gateway, request: FastifyRequest): Principal | Promise<Principal> {
  const { authorization, 'api-key': apiKey, 'x-api-key': xApiKey } = request.headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  const secret = bearer ?? (typeof apiKey === 'string' ? apiKey : undefined) ?? xApiKey;
  if (typeof secret !== 'string' || secret === '') {
    throw new Refusal('key_missing', {
      field: 'Authorization',
      message: 'Send your key as Authorization: Bearer ak_… (or in the header API-KEY).',
    });
  }
  return gateway.authenticate(secret);
}

/** An id of a path; what is no id names nothing. */
function idOf(text: string, noun: string): number {
  const id = readId(text);
  if (id === undefined) {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new Refusal('not_found', { field: 'id', message: `There is no ${noun} ${shown}. Check the id.` });
  }
  return id;
}
