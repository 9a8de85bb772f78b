/** Receivers of webhooks for tests: real HTTP servers on this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Ending } from './gateway.ts';

/** One POST as it came in. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A receiver and what it got so far. */
export interface Receiver {
  readonly url: string;
  readonly got: Received[];
  /** Waits until it got so many. */
  count(number: number): Promise<void>;
}

/** Acknowledges as the vendor's receivers do. */
export const ok = (response: ServerResponse) => void response.setHeader('content-type', 'text/plain').end('ok');

/** Starts a receiver that ends with the test. `answer` may keep silent; `index` counts from 0. */
export async function receiver(
  t: Ending,
  answer: (response: ServerResponse, index: number, request: IncomingMessage) => void = ok,
): Promise<Receiver> {
  const got: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    answer(response, got.length - 1, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    async count(number) {
      while (got.length < number) await pause(10);
    },
  };
}
