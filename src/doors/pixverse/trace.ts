import type { FastifyRequest } from 'fastify';
import type { Idempotency } from '../../engine/gateway.ts';
import { refuse } from '../../std/errors.ts';
import { canonicalJson } from '../../std/json.ts';
import { pixverseDialect, TRACE_HEADER } from '../../wire/pixverse/dialect.ts';
import { OURS } from '../../wire/pixverse/ours.ts';

/**
 * What makes a repeated POST the same request: reference/pixverse-platform.md §2. Refuses a POST without the header
 * (`parameter_missing`) or with an id that is too long. GETs never come here: they answer fresh, a documented difference.
 * @param path the route below the prefix, so that a trailing slash makes no other request of it.
 * @param body what a repetition must agree in.
 */
export function repeatable(request: FastifyRequest, path: string, body: unknown): Idempotency {
  const id = traceId(request);
  return {
    header: TRACE_HEADER,
    id,
    route: `${request.method} ${pixverseDialect.prefix}${path}`,
    body: canonicalJson(body ?? null),
  };
}

/** The request's id. Checked before a body is looked at. */
export function traceId(request: FastifyRequest): string {
  const header = request.headers['ai-trace-id'];
  const id = typeof header === 'string' ? header.trim() : '';
  if (id === '') {
    refuse('parameter_missing', {
      field: TRACE_HEADER,
      message: `The header ${TRACE_HEADER} is missing. Send a new UUID in ${TRACE_HEADER} with every new request.`,
    });
  }
  if (id.length > OURS.traceIdMax) {
    refuse('parameter_invalid', {
      field: TRACE_HEADER,
      message: `${TRACE_HEADER} has ${id.length} characters. At most ${OURS.traceIdMax} are allowed; a UUID has 36.`,
    });
  }
  return id;
}
