/** Managing webhooks: what `WebhookDesk` (contracts/webhook.ts) promises. Sending is in deliver.ts. */
import type { Idempotency } from '../contracts/administration.ts';
import type { DeliveryRow, WebhookChange, WebhookRow } from '../contracts/outbox.ts';
import type { Op, Statements } from '../contracts/store.ts';
import type { Principal } from '../contracts/views.ts';
import type {
  DeliveryView,
  WebhookDesk,
  WebhookEdit,
  WebhookFormat,
  WebhookOrder,
  WebhookTest,
  WebhookView,
} from '../contracts/webhook.ts';
import { isTerminal, type JobState } from '../core/job.ts';
import { maskSecret, Unsealable } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import { given } from '../std/json.ts';
import { actOnce, changeOnce } from './admin/administer.ts';
import { type Engine, must } from './context.ts';
import { ANSWER_TIMEOUT_MS, faultOf, formatOf, write } from './deliver.ts';
import { openSealed, sealFor } from './secrets.ts';
import { maySee } from './views.ts';

/** Webhooks one tenant may have. */
const PER_TENANT_MAX = 100;
const SECRET_CHARS_MAX = 200;
const SECRET_CHARS_MIN = 8;
const REPLAYED_MAX = 1000;

type Once = Idempotency | null | undefined;

/** The desk of one engine. */
export function webhookDesk(engine: Engine): WebhookDesk {
  return {
    create: (who, order, once) => create(engine, who, order, once),
    async list(who) {
      const tenant = who.role === 'admin' ? undefined : who.tenantId;
      const rows = await engine.store.read((q) => q.webhooks.list(tenant));
      return rows.map((row) => webhookView(engine, row));
    },
    get: async (who, id) => webhookView(engine, await engine.store.read((q) => seen(q, who, id))),
    change: (who, id, edit, once) => change(engine, who, id, edit, once),
    remove: (who, id, once) =>
      changeOnce(engine, who, 'webhook.remove', once, function* (q, now) {
        const before = webhookView(engine, yield* seen(q, who, id));
        if (!(yield* q.webhooks.change(id, { removedAt: now, secret: '' }, now))) noSuch('webhook', id);
        yield* q.deliveries.abandon(id, 'the webhook was removed', now);
        return { answer: before, subject: `webhook:${id}`, before, after: null };
      }),
    test: (who, id, once) => actOnce(engine, who, 'webhook.test', once, () => test(engine, who, id)),
    replayDead: (who, id, once) =>
      changeOnce(engine, who, 'webhook.replay', once, function* (q, now) {
        yield* seen(q, who, id);
        const replayed = yield* q.deliveries.replayDead(id, now, REPLAYED_MAX);
        return { answer: replayed, subject: `webhook:${id}`, before: null, after: { replayed } };
      }),
    async deliveries(who, { limit, ...filter }) {
      const mine = who.role === 'admin' ? {} : { tenantId: who.tenantId };
      const rows = await engine.store.read((q) => q.deliveries.list({ ...given(filter), ...mine, limit }));
      return rows.map(deliveryView);
    },
    replay: (who, id, once) =>
      changeOnce(engine, who, 'delivery.replay', once, function* (q, now) {
        const answer = deliveryView(yield* replay(q, who, id, now));
        return { answer, subject: `delivery:${id}`, before: null, after: null };
      }),
  };
}

function create(engine: Engine, who: Principal, order: WebhookOrder, once: Once): ReturnType<WebhookDesk['create']> {
  const { tenantId = who.tenantId } = order;
  if (tenantId !== who.tenantId && who.role !== 'admin') throw new Refusal('permission_denied', { field: 'tenantId' });
  checkUrl(engine, order.url);
  const format = formatFor(engine, order.format);
  const signature = signatureOf(format, order.signature);
  const events = finalOnes(order.events);
  const secret = order.secret ?? mintSecret(engine);
  checkSecret(format, secret);
  return changeOnce(engine, who, 'webhook.create', once, function* (q, now) {
    if (!(yield* q.tenants.get(tenantId))) noSuch('tenant', tenantId);
    if ((yield* q.webhooks.list(tenantId)).length >= PER_TENANT_MAX) {
      throw new Refusal('parameter_invalid', {
        message: `A tenant may have ${PER_TENANT_MAX} webhooks. Remove one that is not needed.`,
      });
    }
    const row = { tenantId, url: order.url, format: format.name, signature, secret: '', events, createdAt: now };
    const { id } = yield* q.webhooks.insert(row);
    // The id is part of what the secret is sealed with, so that it opens in no other row.
    const made = must(
      yield* q.webhooks.change(id, { secret: yield* sealed(engine, q, id, secret) }, now),
      `webhook ${id}`,
    );
    const webhook = webhookView(engine, made);
    return { answer: { webhook, secret }, subject: `webhook:${id}`, before: null, after: webhook };
  });
}

function change(
  engine: Engine,
  who: Principal,
  id: number,
  edit: WebhookEdit,
  once: Once,
): ReturnType<WebhookDesk['change']> {
  if (edit.url !== undefined) checkUrl(engine, edit.url);
  const secret = edit.secret && (edit.secret.type === 'new' ? mintSecret(engine) : edit.secret.text);
  return changeOnce(engine, who, 'webhook.change', once, function* (q, now) {
    const row = yield* seen(q, who, id);
    const format = formatOf(engine, row);
    if (secret !== undefined) checkSecret(format, secret);
    const { url, signature, events } = edit;
    const fresh = secret === undefined ? undefined : yield* sealed(engine, q, id, secret);
    const changes: WebhookChange = {
      ...(url === undefined ? {} : { url }),
      ...(signature === undefined ? {} : { signature: signatureOf(format, signature) }),
      ...(events === undefined ? {} : { events: finalOnes(events) }),
      ...(fresh === undefined ? {} : { secret: fresh }),
    };
    const webhook = webhookView(engine, (yield* q.webhooks.change(id, changes, now)) ?? noSuch('webhook', id));
    return {
      answer: { webhook, secret: secret ?? null },
      subject: `webhook:${id}`,
      before: webhookView(engine, row),
      after: webhook,
    };
  });
}

/** Sends a message of no job. What the receiver answered is judged and not shown. */
async function test(engine: Engine, who: Principal, id: number): Promise<WebhookTest> {
  const row = await engine.store.read((q) => seen(q, who, id));
  const { clock } = engine.effects;
  const begun = clock.monotonic();
  const now = clock.now();
  const notice = { job: null, origin: engine.webhooks.origin, deliveryId: `msg_test_${now}`, occurredAt: now };
  const answer = await engine.webhooks.post.send(row.url, write(engine, row, notice), {
    timeoutMs: ANSWER_TIMEOUT_MS,
    signal: engine.work.abort.signal,
  });
  const error = faultOf(formatOf(engine, row), answer);
  const status = answer.type === 'answered' ? answer.status : null;
  return { delivered: error === null, status, error, tookMs: Math.round(clock.monotonic() - begun) };
}

function* replay(q: Statements, who: Principal, id: number, now: number): Op<DeliveryRow> {
  const row = yield* q.deliveries.get(id);
  if (!row || !maySee(who, row)) return noSuch('delivery', id);
  const webhook = yield* q.webhooks.get(row.webhookId);
  if (!webhook || webhook.removedAt !== null) {
    throw new Refusal('parameter_invalid', { message: 'Its webhook was removed, so there is nowhere to send it.' });
  }
  const again = yield* q.deliveries.replay(id, now);
  // One that is pending comes by itself.
  return again ?? row;
}

/** The webhook, if this key may see it and it is there. */
function* seen(q: Statements, who: Principal, id: number): Op<WebhookRow> {
  const row = yield* q.webhooks.get(id);
  return row && row.removedAt === null && maySee(who, row) ? row : noSuch('webhook', id);
}

/**
 * The webhook a request names, for the tenant that sends it. What is another's does not exist (promise P9), for admins
 * too: a job of one tenant is never told to another.
 */
export function* namedWebhook(q: Statements, who: Principal, named: { id: number; field: string }): Op<WebhookRow> {
  const row = yield* q.webhooks.get(named.id);
  if (row && row.removedAt === null && row.tenantId === who.tenantId) return row;
  throw new Refusal('parameter_invalid', {
    field: named.field,
    message: `${named.field} names no webhook of yours. Leave it out, or use an id that \`reelpool webhooks list\` shows.`,
  });
}

function noSuch(noun: string, id: number): never {
  throw new Refusal('not_found', { field: 'id', message: `There is no ${noun} ${id}. Check the id.` });
}

function checkUrl(engine: Engine, url: string): void {
  try {
    engine.webhooks.post.check(url);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal(error.code, { field: 'url', message: error.message });
  }
}

function formatFor(engine: Engine, name: string | undefined): WebhookFormat {
  const { formats } = engine.webhooks;
  const found = name === undefined ? formats[0] : formats.find((format) => format.name === name);
  if (found) return found;
  const known = formats.map((format) => format.name).join(', ');
  throw new Refusal('parameter_invalid', { field: 'format', message: `format is not known. Allowed: ${known}.` });
}

function signatureOf(format: WebhookFormat, name: string | undefined): string {
  const found = name === undefined ? format.signatures[0] : format.signatures.find((known) => known === name);
  if (found !== undefined) return found;
  const message = `signature is not one of the format ${format.name}. Allowed: ${format.signatures.join(', ')}.`;
  throw new Refusal('parameter_invalid', { field: 'signature', message });
}

function finalOnes(events: readonly JobState[]): JobState[] {
  const wrong = events.find((event) => !isTerminal(event));
  if (wrong === undefined) return [...new Set(events)];
  throw new Refusal('parameter_invalid', { field: 'events', message: `events: a job does not end in ${wrong}.` });
}

/** Base64 of 32 bytes behind `whsec_`: fits every format. */
function mintSecret(engine: Engine): string {
  const bytes = engine.effects.random.bytes(32);
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

function checkSecret(format: WebhookFormat, secret: string): void {
  const fits = secret.length >= SECRET_CHARS_MIN && secret.length <= SECRET_CHARS_MAX && !/\s/.test(secret);
  const fault = fits
    ? format.secretFault(secret)
    : `must have ${SECRET_CHARS_MIN} to ${SECRET_CHARS_MAX} characters without spaces`;
  if (fault === undefined) return;
  throw new Refusal('parameter_invalid', { field: 'secret', message: `The secret ${fault}, or leave it out.` });
}

const sealed = (engine: Engine, q: Statements, id: number, secret: string): Op<string> =>
  sealFor(engine, q, { kind: 'webhook', id, name: '' }, secret);

/** The secret as people see it; of one that does not open, that. */
function shownSecret(engine: Engine, row: WebhookRow): string {
  try {
    return maskSecret(openSealed(engine, { kind: 'webhook', id: row.id, name: row.url, sealed: row.secret }));
  } catch (error) {
    if (error instanceof Unsealable) return '…unreadable…';
    throw error;
  }
}

function webhookView(engine: Engine, row: WebhookRow): WebhookView {
  const { id, tenantId, url, format, signature, events, createdAt, updatedAt } = row;
  const secretMasked = shownSecret(engine, row);
  return { id, tenantId, url, format, signature, secretMasked, events, createdAt, updatedAt };
}

function deliveryView(row: DeliveryRow): DeliveryView {
  const { owner: _owner, fence: _fence, origin: _origin, ...view } = row;
  return view;
}
