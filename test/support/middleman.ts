/** A server between a client and a gateway that loses, answers for itself, or cuts, as a test says. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Ending } from './gateway.ts';

/** What becomes of one request. */
export type Fate =
  /** It and its answer are passed on. */
  | 'pass'
  /** The connection ends before it is passed on. */
  | 'drop'
  /** It is passed on and carried out; the connection ends instead of the answer. */
  | 'lose'
  /** Nothing is passed on and nothing is said. */
  | 'hang'
  /** The answer is passed on up to and with this text, then the connection ends. */
  | { readonly cutAfter: string }
  /** Answered here. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body: string };

/** One request as it came. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** A running middleman. */
export interface Middleman {
  readonly url: string;
  readonly seen: Seen[];
}

/** Starts one in front of a gateway. The first request has the first fate, and so on; later ones pass. */
export async function startMiddleman(t: Ending, target: string, fates: Fate[] = []): Promise<Middleman> {
  const seen: Seen[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    seen.push({ method, url, headers: headers as Seen['headers'] });
    meet(fates.shift() ?? 'pass', target, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function meet(fate: Fate, target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (fate === 'drop') incoming.destroy();
  if (fate === 'drop' || fate === 'hang') return;
  if (typeof fate === 'object' && 'status' in fate) {
    outgoing.writeHead(fate.status, fate.headers).end(fate.body);
    return;
  }
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? '', target), { method, headers }, (answer) => {
    if (fate === 'lose') {
      answer.resume();
      answer.once('end', () => outgoing.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
    if (fate === 'pass') answer.on('data', (chunk: Buffer) => outgoing.write(chunk));
    else cut(answer, outgoing, fate.cutAfter);
    answer.once('end', () => outgoing.end());
    answer.on('error', () => outgoing.destroy());
  });
  outgoing.once('close', () => onward.destroy());
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

/** Passes an answer on up to a text; it ends once that has left, because what is on its way would be lost too. */
function cut(answer: IncomingMessage, outgoing: ServerResponse, last: string): void {
  let text = '';
  answer.setEncoding('utf8').on('data', (piece: string) => {
    const before = text.length;
    text += piece;
    const end = text.indexOf(last);
    if (end === -1) outgoing.write(piece);
    else outgoing.write(text.slice(before, end + last.length), () => outgoing.destroy());
  });
}
