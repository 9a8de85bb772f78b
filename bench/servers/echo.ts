/** Baseline of the creates: a fastify route that parses its JSON body and sends it back. */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { report } from './report.ts';

const app = fastify({ logger: false });
app.post('/echo', (request, reply) => reply.send(request.body));
await app.listen({ port: 0, host: '127.0.0.1' });
report((app.server.address() as AddressInfo).port);
process.on('SIGTERM', () => process.exit(0));
