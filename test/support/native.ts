/** Requests to `/pool/v1` of a test gateway. */
import assert from 'node:assert/strict';
import type { z } from 'zod';
import { type Problem, problemSchema } from '../../src/wire/native/schemas/common.ts';

/** An answer of the native API. */
export interface NativeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What a request may carry beside its route. */
export interface NativeInit {
  /** Null for none; the admin key where absent. */
  readonly key?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a gateway's native API. */
export function nativeClient(gateway: { readonly url: string; readonly key: string }) {
  const send = async (method: string, route: string, init: NativeInit = {}): Promise<NativeAnswer> => {
    const { key = gateway.key, body } = init;
    const response = await fetch(`${gateway.url}/pool/v1${route}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  };
  return {
    send,
    /** The answer, which must have this status and be exactly what the schema says, no member more. */
    async get<T extends z.ZodObject>(schema: T, method: string, route: string, init: NativeInit = {}, status = 200) {
      const answer = await send(method, route, init);
      assert.equal(answer.status, status, `${method} ${route}: ${JSON.stringify(answer.body)}`);
      return schema.strict().parse(answer.body) as z.output<T>;
    },
    /** The problem a request must be refused with. */
    async refused(code: string, method: string, route: string, init: NativeInit = {}): Promise<Problem> {
      const { body } = await send(method, route, init);
      const problem = problemSchema.strict().parse(body);
      assert.equal(problem.code, code, `${method} ${route}: ${problem.detail}`);
      return problem;
    },
  };
}
