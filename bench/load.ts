/**
 * The load generator: a closed loop of keep-alive connections that each send one request, read its whole answer, and
 * send the next. It writes prepared bytes to plain sockets and reads only what it must, because a generator that parses
 * HTTP properly costs as much as the servers it measures and then measures itself.
 */
import { connect, type Socket } from 'node:net';

/** What is sent, and what every answer must hold. */
export interface Target {
  readonly port: number;
  /** One whole HTTP/1.1 request. */
  readonly request: Buffer;
  /** Offset of a 12-digit counter in the request that is made new for every send; absent: always the same bytes. */
  readonly counterAt?: number;
  /** A piece of text in the body of every right answer. */
  readonly expect: string;
}

/** What came of one round. */
export interface Round {
  readonly answers: number;
  readonly seconds: number;
  /** Answers per second. */
  readonly rate: number;
  /** The first wrong answer, if there was one; a round with wrong answers measures nothing. */
  readonly wrong: string | null;
}

const COUNTER_DIGITS = 12;
/** Never the same twice, whatever the round or the process. */
let counter = (Date.now() % 1_000_000) * 1_000_000;

/** An HTTP/1.1 request as bytes. A header value `#` marks where the counter goes. */
export function request(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Pick<Target, 'request' | 'counterAt'> {
  const lines = Object.entries({
    host: 'localhost',
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value === '#' ? '#'.repeat(COUNTER_DIGITS) : value}`);
  const text = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
  const counterAt = text.indexOf('#'.repeat(COUNTER_DIGITS));
  return { request: Buffer.from(text), ...(counterAt < 0 ? {} : { counterAt }) };
}

/** Runs one round. Rejects when the server cannot be reached or hangs up. */
export async function load(target: Target, connections: number, ms: number): Promise<Round> {
  const round = { answers: 0, wrong: null as string | null, over: false };
  const started = performance.now();
  const sockets = Array.from({ length: connections }, () => connect({ port: target.port, host: '127.0.0.1' }));
  const timer = setTimeout(() => {
    round.over = true;
  }, ms);
  try {
    await Promise.all(sockets.map((socket) => drive(socket, target, round)));
  } finally {
    clearTimeout(timer);
    for (const socket of sockets) socket.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  return { answers: round.answers, seconds, rate: round.answers / seconds, wrong: round.wrong };
}

/** Sends and reads on one connection until the round is over and the last answer is in. */
function drive(
  socket: Socket,
  target: Target,
  round: { answers: number; wrong: string | null; over: boolean },
): Promise<void> {
  const bytes = Buffer.from(target.request);
  const send = () => {
    if (target.counterAt !== undefined) {
      counter += 1;
      bytes.write(String(counter).padStart(COUNTER_DIGITS, '0'), target.counterAt, 'latin1');
      // The socket may keep the buffer, and the next send changes it.
      socket.write(Buffer.from(bytes));
    } else socket.write(bytes);
  };
  return new Promise((resolve, reject) => {
    let pending: Buffer | null = null;
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => (round.over ? resolve() : reject(new Error('the server hung up'))));
    socket.on('data', (chunk: Buffer) => {
      const data: Buffer = pending === null ? chunk : Buffer.concat([pending, chunk]);
      if (!isWhole(data)) {
        pending = data;
        return;
      }
      pending = null;
      round.answers += 1;
      if (!data.includes(target.expect)) round.wrong ??= data.toString('latin1').slice(0, 400);
      if (round.over || round.wrong !== null) resolve();
      else send();
    });
  });
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Is this one complete answer? */
function isWhole(data: Buffer): boolean {
  const end = data.indexOf(HEAD_END);
  if (end < 0) return false;
  const head = data.toString('latin1', 0, end).toLowerCase();
  const at = head.indexOf('content-length: ');
  if (at >= 0) return data.length >= end + 4 + Number.parseInt(head.slice(at + 16), 10);
  return data.toString('latin1', data.length - 5) === '0\r\n\r\n';
}
