import type { StrangerFetch } from '../../contracts/fetch.ts';
import type { ResultSource } from '../../contracts/upstream.ts';
import { CallFailed, type VendorClient } from '../../net/vendor.ts';
import { Refusal } from '../../std/errors.ts';
import type { Access } from './secret.ts';

/** The longest a result may take, ms. */
const FETCH_TIMEOUT_MS = 600_000;

/**
 * Opens a result. An address on the host the operator set is trusted like that host; any other was named by an answer and
 * goes through the guarded fetch. What is not there, or is a page instead of a file, is asked for again later.
 */
export async function fetchResult(
  access: Access,
  { url }: ResultSource,
  signal: AbortSignal,
  { client, fetch }: { client: VendorClient; fetch: StrangerFetch },
): Promise<AsyncIterable<Uint8Array> | 'notYet'> {
  const own = URL.canParse(url) && new URL(url).origin === access.origin;
  try {
    if (!own) {
      const limits = { maxBytes: Number.MAX_SAFE_INTEGER, timeoutMs: FETCH_TIMEOUT_MS, signal };
      const { mime, body } = await fetch.open(url, limits);
      return isPage(mime) ? 'notYet' : body;
    }
    const answer = await client.open({ url, headers: {}, signal });
    if (answer.status === 200 && !isPage(answer.mime)) return whole(answer.body);
    answer.end();
    return 'notYet';
  } catch (error) {
    if (error instanceof CallFailed || (error instanceof Refusal && error.code === 'upload_failed')) return 'notYet';
    throw error;
  }
}

/** What breaks off on its way is the upstream's, whichever host it comes from. */
async function* whole(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new Refusal('upload_failed', { message: 'The result broke off while it was fetched.', cause });
  }
}

function isPage(mime: string): boolean {
  return mime.startsWith('text/') || mime === 'application/json' || mime === 'application/xml';
}
