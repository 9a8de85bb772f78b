import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { Clock } from '../std/clock.ts';
import { isAllowedAddress, privateHost, type Target } from './guard.ts';

/** Resolves a name to every address it has, as text. Rejects where it has none. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** What a guarded connection needs to know. */
export interface ConnectOptions {
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly resolve: Resolve;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/** One address gets this long before the next is tried. */
const ATTEMPT_TIMEOUT_MS = 5_000;
const ADDRESSES_MAX = 4;

/**
 * A connector for undici that resolves, checks and connects in one step: the name is looked up once, every address it
 * gave is judged, and the socket goes to an address that was judged, by number. A name that answers differently the
 * next time (rebinding) has no next time. One bad address refuses the name: a mixed answer is an attack or a mistake.
 */
export function guardedConnector(target: Target, options: ConnectOptions): buildConnector.connector {
  return (_given, callback) => {
    connectChecked(target, options).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}

async function connectChecked(target: Target, options: ConnectOptions): Promise<Socket> {
  const { allowLoopback, signal } = options;
  const addresses = target.isAddress ? [target.host] : await options.resolve(target.host);
  if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
  if (!addresses.every((address) => isAllowedAddress(address, allowLoopback))) throw privateHost(target.url.hostname);
  let failure: unknown;
  for (const address of addresses.slice(0, ADDRESSES_MAX)) {
    signal.throwIfAborted();
    try {
      const socket = await connectTo(address, target, options);
      // Where a socket ended up is the last word, whatever was resolved.
      if (isAllowedAddress(socket.remoteAddress ?? '', allowLoopback)) return socket;
      socket.destroy();
      throw privateHost(target.url.hostname);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Connects to one address; for https the certificate is checked against the name that was asked for. */
function connectTo(address: string, target: Target, { clock, signal }: ConnectOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = target.url.protocol === 'https:';
    const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
    const socket: Socket = secure
      ? connectTls({ host: address, port: target.port, ALPNProtocols: ['http/1.1'], ...servername })
      : connectPlain({ host: address, port: target.port });
    const end = (error: Error) => socket.destroy(error);
    const onAbort = () => end(new Error('broken off'));
    const cancel = clock.setTimer(ATTEMPT_TIMEOUT_MS, () => {
      end(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }));
    });
    const settle = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
    socket.on('error', (error) => {
      settle();
      reject(error);
    });
  });
}
