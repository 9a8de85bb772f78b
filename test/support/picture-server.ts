/** A server of somebody else's, with one picture. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { pngPicture } from './png.ts';

/** Serves a picture of 12 × 10 pixels at `url` until the test ends, and counts how often it was asked for. */
export async function servePicture(t: TestContext): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.setHeader('content-type', 'image/png').end(pngPicture(12, 10));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shore.png`, asked: () => asked };
}
