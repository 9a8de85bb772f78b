/** Baseline of the reads: `node:http` and nothing else, answering a constant body of as many bytes as it is told. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { report } from './report.ts';

const bytes = Number(process.argv[2]);
const text = `{"bare":"${'x'.repeat(Math.max(0, bytes - 11))}"}`;

const server = createServer((_request, response) => {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
});
server.listen(0, '127.0.0.1', () => report((server.address() as AddressInfo).port));
process.on('SIGTERM', () => process.exit(0));
