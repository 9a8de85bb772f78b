import { type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { RefusalRenderer } from '../contracts/dialect.ts';
import type { Log } from '../contracts/effects.ts';
import type { Clock } from '../std/clock.ts';
import { Refusal } from '../std/errors.ts';

/**
 * The one inbound server. It knows HTTP and no dialect: doors are mounted on `app` (doors/registry.ts) and bring their
 * own errors (doors/http.ts). What it costs per request, and why it is this one, is in decisions/0002-http-server.md.
 */

/** How the server listens. */
export interface ServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /**
   * Whose `X-Forwarded-*` headers to believe: nobody's, everybody's, of that many proxies in front, or these addresses
   * and CIDR ranges, with commas.
   */
  readonly trustProxy: boolean | number | string;
  /** Public origin for every URL we hand out, or null to take it from each request. */
  readonly publicUrl: string | null;
  readonly log: Log;
  readonly clock: Clock;
  /** Largest body that is read into memory, in bytes. Uploads are streamed and have limits of their own. */
  readonly bodyLimitBytes: number;
}

/** The server, before and after it listens. */
export interface InboundServer {
  readonly app: FastifyInstance;
  /** Public origin (`https://host[:port]`, no trailing slash) for the URLs in the answer to a request. */
  originOf(request: FastifyRequest): string;
  /** Starts listening. Rejects with a plain sentence where the address is taken or not ours. */
  listen(): Promise<ListeningAt>;
  /**
   * Stops accepting, lets running requests finish, closes connections without one, and after `graceMs` cuts the rest.
   * May be called more than once.
   */
  close(graceMs: number): Promise<void>;
}

/** Where it listens. */
export interface ListeningAt {
  readonly host: string;
  readonly port: number;
  /** `http://host:port` that works on this machine. */
  readonly url: string;
}

/** Request line and headers must have arrived within this. */
const HEADERS_TIMEOUT_MS = 20_000;
/** The same once we stop: what is on its way arrives, and nobody waits for what is not. */
const HALF_ASKED_MS = 1_000;
/** The whole request, body included: a 100 MB upload over a slow line fits, a dripping one does not. */
const REQUEST_TIMEOUT_MS = 600_000;
/** A connection on which nothing moves in either direction. */
const IDLE_TIMEOUT_MS = 120_000;
/** Longer than the idle time of common load balancers, so that they close first and no request meets a closed door. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** Ids are composed of user, address and number (`user:1-pixverse:me@x.com-video:123`), possibly percent-encoded. */
const PARAM_LENGTH_MAX = 1024;

/** Builds the server; nothing listens yet. Throws for a `trustProxy` or `publicUrl` that cannot be read. */
export function createServer(options: ServerOptions): InboundServer {
  const { log } = options;
  const renderers: RefusalRenderer[] = [];
  const app = fastify({
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(options.trustProxy),
    bodyLimit: options.bodyLimitBytes,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 5_000 },
    // While we stop, requests on open connections are still answered, by their door and in its words.
    return503OnClosing: false,
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      caseSensitive: true,
      maxParamLength: PARAM_LENGTH_MAX,
    },
    frameworkErrors: (error, request, reply) => {
      const answer = rendererFor(renderers, request.url).render(unreadableUrl(error), request);
      const plain = reply as unknown as FastifyReply;
      void plain
        .code(answer.status)
        .headers(answer.headers ?? {})
        .send(answer.body);
    },
    clientErrorHandler: answerBrokenRequest,
  });
  app.decorate('refusalRenderers', renderers);
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    log.error({ requestId: request.id, error: error.message, stack: error.stack }, 'an error passed every door');
    void reply.code(500).send({ error: 'Internal Server Error', code: 500 });
  });

  const unasked = unaskedOf(app.server);
  let at: ListeningAt | undefined;
  let closing: Promise<void> | undefined;
  const publicOrigin = options.publicUrl === null ? null : readOrigin(options.publicUrl);
  return {
    app,
    originOf(request) {
      if (publicOrigin !== null) return publicOrigin;
      return requestOrigin(request) ?? at?.url ?? `http://${hostForUrl(options.host)}:${options.port}`;
    },
    async listen() {
      await app.ready();
      at = await listen(app, options);
      return at;
    },
    close(graceMs) {
      closing ??= close(app, options.clock, graceMs, unasked);
      return closing;
    },
  };
}

/** A number of proxies is a statement about the path of every request: the peers up to that many hops away are believed. */
function trustOf(trust: ServerOptions['trustProxy']): boolean | string | ((address: string, hop: number) => boolean) {
  return typeof trust === 'number' ? (_address, hop) => hop < trust : trust;
}

/** An operator's public URL as an origin; a path, query or credentials in it are refused, since they would be dropped. */
function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error(`the public URL ${JSON.stringify(text)} is not an http or https address`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new Error(`the public URL ${JSON.stringify(text)} must be an origin: scheme, host and port, nothing else`);
  }
  return url.origin;
}

/** A host name, an IPv4 address or an IPv6 address in brackets, with an optional port. */
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/**
 * The origin a client used, from `X-Forwarded-*` where the peer is trusted (fastify's getters decide that) and from
 * `Host` otherwise. Undefined where the header is missing or is not a host, so that it is never echoed into a URL.
 */
function requestOrigin(request: FastifyRequest): string | undefined {
  const host = request.host;
  if (host === '' || !HOST.test(host)) return undefined;
  return `${request.protocol === 'https' ? 'https' : 'http'}://${host}`;
}

async function listen(app: FastifyInstance, options: ServerOptions): Promise<ListeningAt> {
  const { host, port } = options;
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new Error(listenFailure(error, host, port), { cause: error });
  }
  const bound = app.server.address() as AddressInfo;
  return { host: bound.address, port: bound.port, url: `http://${hostForUrl(bound.address)}:${bound.port}` };
}

function listenFailure(error: unknown, host: string, port: number): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return `${host}:${port} is in use by another program; choose another port`;
  if (code === 'EACCES') return `listening on ${host}:${port} is not permitted; choose a port above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine`;
  return `listening on ${host}:${port} failed: ${(error as Error).message}`;
}

/** A bound address as part of a URL that works from here. */
function hostForUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Connections on which no whole request has come yet: browsers and pools open some ahead, and Node does not count them as
 * idle, so that one of them would hold up a stop to the end of the grace period.
 */
function unaskedOf(server: Server): ReadonlySet<Socket> {
  const unasked = new Set<Socket>();
  server.on('connection', (socket) => {
    unasked.add(socket);
    socket.once('close', () => unasked.delete(socket));
  });
  server.on('request', ({ socket }) => unasked.delete(socket));
  return unasked;
}

async function close(app: FastifyInstance, clock: Clock, graceMs: number, unasked: ReadonlySet<Socket>): Promise<void> {
  const { server } = app;
  // Connections that are busy now become idle when their answer is out: then they end at once, not after a minute.
  server.keepAliveTimeout = 1;
  server.keepAliveTimeoutBuffer = 0;
  const cut = clock.setTimer(graceMs, () => server.closeAllConnections());
  const cutUnasked = clock.setTimer(Math.min(graceMs, HALF_ASKED_MS), () => {
    for (const socket of unasked) socket.destroy();
  });
  try {
    await app.close();
  } finally {
    cut();
    cutUnasked();
  }
}

/** The door whose prefix the URL has, or the root's. Prefixes never nest except under the root. */
function rendererFor(renderers: readonly RefusalRenderer[], url: string): RefusalRenderer {
  let best: RefusalRenderer | undefined;
  for (const renderer of renderers) {
    const fits = renderer.prefix === '' || url === renderer.prefix || url.startsWith(`${renderer.prefix}/`);
    if (fits && (best === undefined || renderer.prefix.length > best.prefix.length)) best = renderer;
  }
  return best ?? { prefix: '', render: (refusal) => ({ status: 400, body: { error: refusal.message, code: 400 } }) };
}

function unreadableUrl(error: FastifyError): Refusal {
  const message =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? `A part of the path is longer than ${PARAM_LENGTH_MAX} characters. Check the path against the documentation.`
      : 'The path is not valid percent-encoding. Encode it, or send it raw.';
  return new Refusal('parameter_invalid', { field: 'path', message });
}

/** What the HTTP parser and its timers report → status and sentence. */
const BROKEN: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time. Send it again.'],
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large. Send less than 16 KB of them.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the body are too large. Send none.'],
};

/** Answers what is no HTTP request, on the bare socket: no door can know it. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = BROKEN[error.code ?? ''] ?? [400, 'This is not a valid HTTP request.'];
  const body = JSON.stringify({ error: message, code: status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
