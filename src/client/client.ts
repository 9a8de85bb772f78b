import { NoAnswerError, ReelpoolError } from './errors.ts';
import { methodsOver } from './methods.ts';
import { type ClientOptions, Sender } from './sender.ts';
import { messagesOf } from './stream.ts';
import type { Answer, CallOptions, Reelpool } from './types.ts';

/**
 * The native API of a gateway (docs/native-api.md), typed by the table the gateway is made of. Needs `fetch` and nothing else,
 * so it runs in Node 20 and later and in browsers.
 *
 *     const reelpool = createClient({ url: 'http://127.0.0.1:8080', key: 'ak_…' });
 *     const { jobs } = await reelpool.jobs.list({ state: 'running' });
 *
 * Methods take the parameters of the path, the body, the query and `CallOptions`, in this order, as far as the route has
 * them. They reject with `ReelpoolError` (the gateway refused), `NoAnswerError` (no gateway answered) or the reason of the
 * signal they were given. Answers may have members that this version does not know.
 */
export function createClient(options: ClientOptions): Reelpool {
  const sender = new Sender(options);
  return methodsOver({
    ask: (asked) => sender.ask(asked),
    stream: (asked) => messagesOf(sender, asked),
  });
}

// What a program imports as `reelpool/client`.
export type { Answer, CallOptions, ClientOptions, Reelpool };
export { NoAnswerError, ReelpoolError };
