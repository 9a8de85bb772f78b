import type { Upstream, VendorCall } from '../../contracts/upstream.ts';
import type { Clock } from '../../std/clock.ts';
import { refuse } from '../../std/errors.ts';
import { RECEIVED, readWebhook, verifyWebhook, WEBHOOK_HEADERS } from '../../wire/pixverse/webhooks.ts';
import { openAccess } from './secret.ts';

/** A nonce is remembered longer than the signature of its message counts, ms. */
const NONCE_MS = 600_000;
/** Nonces remembered; only messages with a good signature leave one. */
const NONCES_MAX = 100_000;

/**
 * Reads what the vendor's webhooks say (reference/pixverse-platform.md §9). A message that comes again is answered, so that
 * it is not sent for hours, and tells nothing new. What was heard is remembered in this process: a replay elsewhere, or
 * after a restart, would only ask one question too many.
 */
export function hearing(clock: Clock): NonNullable<Upstream['hear']> {
  const heard = new Map<string, number>();

  function isNew(nonce: string): boolean {
    const now = clock.monotonic();
    for (const [old, at] of heard) {
      if (now - at < NONCE_MS && heard.size < NONCES_MAX) break;
      heard.delete(old);
    }
    if (heard.has(nonce)) return false;
    heard.set(nonce, now);
    return true;
  }

  return (account, call: VendorCall) => {
    const { webhookSecret } = openAccess(account);
    if (webhookSecret === null) {
      refuse('permission_denied', { message: 'This account has no webhook. Give it webhookId and webhookSecret.' });
    }
    const verdict = verifyWebhook(webhookSecret, call, clock.now());
    if (!verdict.ok) refuse('permission_denied', { message: `The call is not accepted: ${verdict.reason}.` });
    const said = readWebhook(call.body);
    if (said === undefined) refuse('body_unreadable', { message: 'The call names no video.' });
    if (!isNew(`${account.id}/${verdict.once}`)) return { about: null, answer: RECEIVED };
    const attemptId = call.headers[WEBHOOK_HEADERS.trace];
    const ref = { makes: 'video', id: said.id };
    return { about: attemptId === undefined ? { ref } : { attemptId, ref }, answer: RECEIVED };
  };
}
