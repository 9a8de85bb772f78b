/** The PixVerse door as a client of the benchmark uses it. */
import { randomUUID } from 'node:crypto';

/** Prefix of the door. */
export const DOOR = '/openapi/v2';

/** The cheapest job the price table knows; what it costs to accept does not depend on the clip. */
export const createBody = JSON.stringify({
  prompt: 'a red fox walks through fresh snow at dawn, slow camera move',
  model: 'v6',
  duration: 1,
  quality: '360p',
  aspect_ratio: '16:9',
  seed: 7,
});

/** Headers of a request; `#` as the trace id is made new for every send. */
export function doorHeaders(key: string, trace = 'bench'): Record<string, string> {
  return { 'api-key': key, 'ai-trace-id': trace };
}

/** One request; the body of the answer. Throws when it is not a success. */
export async function send(port: number, key: string, method: string, path: string, body?: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...doorHeaders(key, randomUUID()),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (!text.includes('"ErrCode":0')) throw new Error(`${method} ${path} answered ${response.status} ${text}`);
  return text;
}
