import type { FastifyRequest } from 'fastify';
import type { Idempotency } from '../../contracts/administration.ts';
import type { Principal } from '../../contracts/views.ts';
import type { Gateway } from '../../engine/gateway.ts';
import { Refusal } from '../../std/errors.ts';
import { canonicalJson, type Json } from '../../std/json.ts';
import { pathOf } from '../http.ts';

const ONCE_HEADER = 'Idempotency-Key';
const ONCE_CHARS_MAX = 128;

/** Who sends a request, by the key in one of three headers. Refuses with `key_missing` and what the façade refuses with. */
export function authenticate(gateway: Gateway, request: FastifyRequest): Principal | Promise<Principal> {
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

/**
 * What makes a repeated change the same change: the header `Idempotency-Key`, where it is sent.
 * @param body what a repetition must agree in; the body as it was sent, unless its handler reads it.
 */
export function onceOf(request: FastifyRequest, body: Json = (request.body ?? null) as Json): Idempotency | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const id = typeof header === 'string' ? header.trim() : '';
  if (id === '' || id.length > ONCE_CHARS_MAX) {
    const message = `${ONCE_HEADER} must have 1 to ${ONCE_CHARS_MAX} characters; a UUID has 36.`;
    throw new Refusal('parameter_invalid', { field: ONCE_HEADER, message });
  }
  const route = `${request.method} ${pathOf(request).replace(/\/+$/, '')}`;
  const query = request.query as Readonly<Record<string, unknown>>;
  const said = Object.keys(query).length > 0 ? { body, query } : body;
  return { header: ONCE_HEADER, id, route, body: canonicalJson(said) };
}
