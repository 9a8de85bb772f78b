import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Anything with an end to hook on. */
interface Ending {
  after(end: () => Promise<void> | void): void;
}

/** Stands between a client and a database server, and breaks their connections on the wire. */
export interface DatabaseProxy {
  readonly port: number;
  /** The address of a database of the server, by way of the proxy. */
  through(url: string): string;
  /** Ends every connection that stands. */
  cut(): void;
  /** Lets the next message that contains this text reach the server; when its answer comes, the connection ends instead. */
  swallowAnswerTo(text: string): void;
  /**
   * Ends the next transaction in which the client sends this text in its commit: `before` the server hears of it, or
   * `after` it has answered and before the client hears of that. Resolves when it has happened. Several may be asked
   * for; each meets a transaction of its own.
   */
  cutCommitOf(text: string, when: 'before' | 'after'): Promise<void>;
  /** Ends connections that say this in their first message (the name of the application), and takes no new ones until told otherwise. */
  refuse(name: string | null): void;
  /** Passes nothing on any more, in either direction, and ends nothing either: the network is gone. Until told otherwise. */
  hold(held: boolean): void;
  /** The same for good, for the connections that stand; new ones are not concerned. */
  strand(): void;
}

/** A commit in its own message, of the simple protocol; `begin … read committed` is not meant. */
const COMMIT = 'commit\0';

/** One connection of the client's with its other half. */
class Line {
  readonly client: Socket;
  readonly server: Socket;
  /** What the client said first: who it is. */
  hello: Buffer | undefined;
  /** What becomes of the next answer. */
  swallowing: (() => void) | undefined;
  /** How its next commit ends. */
  doomed: Doom | undefined;
  /** Nothing will ever be passed on. */
  stranded = false;

  constructor(client: Socket, server: Socket) {
    this.client = client;
    this.server = server;
  }

  end(): void {
    this.client.destroy();
    this.server.destroy();
  }

  hold(held: boolean): void {
    for (const socket of [this.client, this.server]) {
      if (held || this.stranded) socket.pause();
      else socket.resume();
    }
  }
}

/** The end that a commit will come to. */
interface Doom {
  readonly when: 'before' | 'after';
  readonly done: () => void;
}

class WireProxy implements DatabaseProxy {
  readonly port: number;
  readonly #lines: Set<Line>;
  #swallow: string | undefined;
  readonly #dooms: (Doom & { text: string })[] = [];
  #refused: string | null = null;
  #held = false;

  constructor(port: number, lines: Set<Line>) {
    this.port = port;
    this.#lines = lines;
  }

  through(url: string): string {
    const address = new URL(url);
    address.port = String(this.port);
    return address.href;
  }

  cut(): void {
    for (const line of this.#lines) line.end();
  }

  swallowAnswerTo(text: string): void {
    this.#swallow = text;
  }

  cutCommitOf(text: string, when: Doom['when']): Promise<void> {
    return new Promise((done) => {
      this.#dooms.push({ text, when, done });
    });
  }

  refuse(name: string | null): void {
    this.#refused = name;
    if (name === null) return;
    for (const line of this.#lines) if (line.hello?.includes(name)) line.end();
  }

  hold(held: boolean): void {
    this.#held = held;
    for (const line of this.#lines) line.hold(held);
  }

  strand(): void {
    for (const line of this.#lines) {
      line.hold(true);
      line.stranded = true;
    }
  }

  /** Is nothing passed on? */
  get held(): boolean {
    return this.#held;
  }

  /** The client says something. */
  up(line: Line, bytes: Buffer): void {
    line.hello ??= bytes;
    if (this.#refused !== null && line.hello.includes(this.#refused)) {
      line.end();
      return;
    }
    if (this.#swallow !== undefined && bytes.includes(this.#swallow)) {
      this.#swallow = undefined;
      line.swallowing = () => undefined;
    }
    const doom = line.doomed === undefined ? this.#dooms.findIndex(({ text }) => bytes.includes(text)) : -1;
    if (doom >= 0) [line.doomed] = this.#dooms.splice(doom, 1);
    if (line.doomed !== undefined && bytes.includes(COMMIT)) {
      const { when, done } = line.doomed;
      line.doomed = undefined;
      if (when === 'before') {
        line.end();
        done();
        return;
      }
      line.swallowing = done;
    }
    line.server.write(bytes);
  }

  /** The server answers. */
  down(line: Line, bytes: Buffer): void {
    if (line.swallowing === undefined) {
      line.client.write(bytes);
      return;
    }
    line.end();
    line.swallowing();
  }
}

/** Starts a proxy to the server of an address; it ends with the test. */
export async function startProxy(t: Ending, url: string): Promise<DatabaseProxy> {
  const target = new URL(url);
  const lines = new Set<Line>();
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const proxy = new WireProxy(address.port, lines);
  server.on('connection', (client) => {
    const line = new Line(client, connect(Number(target.port), target.hostname));
    lines.add(line);
    for (const socket of [line.client, line.server]) {
      socket.on('error', () => line.end());
      socket.on('close', () => {
        lines.delete(line);
        line.end();
      });
    }
    client.on('data', (bytes) => proxy.up(line, bytes));
    line.server.on('data', (bytes) => proxy.down(line, bytes));
    if (proxy.held) proxy.hold(true);
  });
  t.after(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
