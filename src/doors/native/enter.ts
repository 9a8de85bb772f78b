import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Idempotency } from '../../contracts/administration.ts';
import type { Principal } from '../../contracts/views.ts';
import type { Gateway } from '../../engine/gateway.ts';
import { Refusal } from '../../std/errors.ts';
import { readId } from '../../std/ids.ts';
import { canonicalJson } from '../../std/json.ts';
import type { Reader } from '../../wire/native/encode.ts';
import { readWire } from '../../wire/native/read.ts';
import { noQuerySchema } from '../../wire/native/schemas.ts';
import type { DoorContext } from '../context.ts';
import { pathOf } from '../http.ts';

const ONCE_HEADER = 'Idempotency-Key';
const ONCE_CHARS_MAX = 128;

/** Checks the key, then the query, which is empty on most routes. */
export async function enter(context: DoorContext, request: FastifyRequest) {
  return await enterWith(context, request, noQuerySchema);
}

/** Checks the key, then the query by its schema. */
export async function enterWith<T extends z.ZodType>(context: DoorContext, request: FastifyRequest, query: T) {
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
export function idOf(text: string, noun: string): number {
  const id = readId(text);
  if (id === undefined) {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new Refusal('not_found', { field: 'id', message: `There is no ${noun} ${shown}. Check the id.` });
  }
  return id;
}

/** What makes a repeated change the same change: the header `Idempotency-Key`, where it is sent. */
export function onceOf(request: FastifyRequest): Idempotency | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const id = typeof header === 'string' ? header.trim() : '';
  if (id === '' || id.length > ONCE_CHARS_MAX) {
    const message = `${ONCE_HEADER} must have 1 to ${ONCE_CHARS_MAX} characters; a UUID has 36.`;
    throw new Refusal('parameter_invalid', { field: ONCE_HEADER, message });
  }
  const route = `${request.method} ${pathOf(request).replace(/\/+$/, '')}`;
  return { header: ONCE_HEADER, id, route, body: canonicalJson(request.body ?? null) };
}
