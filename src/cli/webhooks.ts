import { END_STATES } from '../core/job.ts';
import type { DeliveryWire, WebhookOrderWire, WebhookWire } from '../wire/native/schemas/webhooks.ts';
import { oneOf, wholeNumber, words } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, fields, type Io, paint, printableText, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;
const STATES = ['pending', 'delivered', 'dead'] as const satisfies readonly DeliveryWire['state'][];
const ALL = 'all';

/** `reelpool webhooks`. */
export const webhooks: Command = {
  usage: `Usage: reelpool webhooks list [options]
       reelpool webhooks show ID [options]
       reelpool webhooks add URL [settings] [--tenant ID] [options]
       reelpool webhooks set ID [--url-to URL] [settings] [--new-secret] [options]
       reelpool webhooks remove ID [options]
       reelpool webhooks test ID [options]
       reelpool webhooks deliveries [--webhook ID] [--job ID] [--state STATE] [--limit N] [--before ID] [options]
       reelpool webhooks replay ID [options]
       reelpool webhooks replay --dead --webhook ID [options]
       reelpool webhooks listen [--port N] [--host ADDRESS] [--secret S] [--fail N] [--count N] [--json]

A webhook tells a tenant how its jobs end. add prints its secret, this once. A job that names the webhook (webhook_id)
tells it of its end; with --events every job of the tenant does. What a receiver does not acknowledge comes again, then
becomes a dead letter, which replay sends once more. listen is a receiver: it checks and prints what comes in.

      --events LIST      ends told of for every job: ${END_STATES.join(', ')};
                         or all, or none (default)
      --format NAME      how it is written and signed (default: that of the vendor; with --events, standard)
      --signature NAME   what is signed, where the format leaves a choice
      --secret S         the secret; made up where it is not given
      --new-secret       a new one is made up and printed
      --url-to URL       where it is sent from now on
      --tenant ID        the tenant it belongs to (default: that of the key)
      --dead             every dead letter of the webhook, at most 1,000 at a time
      --state STATE      ${STATES.join(', ')}
      --port N           port to listen on (default 9876; 0: any)
      --host ADDRESS     address to listen on (default 127.0.0.1)
      --fail N           answers the first N with an error
      --count N          ends when N were taken
${POOL_USAGE}`,
  run: verbs('webhooks', { list, show, add, set, remove, test, deliveries, replay, listen }),
};

const COLUMNS: readonly Column<WebhookWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'TENANT', right: true, cell: ({ tenantId }) => String(tenantId) },
  { title: 'FORMAT', cell: ({ format, signature }) => `${format} (${signature})` },
  { title: 'SECRET', cell: ({ secretMasked }) => secretMasked },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'END_STATES', cell: ({ events }) => (events.length === END_STATES.length ? ALL : events.join(',') || '-') },
  { title: 'URL', cell: ({ url }) => url },
];

const SETTINGS = {
  events: { type: 'string' },
  signature: { type: 'string' },
  secret: { type: 'string' },
} as const;

const idOf = (text: string | undefined, name = 'ID'): number => wholeNumber(name, text ?? '', 1, ID_MAX);
const optionalId = (option: string, text: string | undefined) => (text === undefined ? undefined : idOf(text, option));

function eventsOf(text: string | undefined): WebhookWire['events'] | undefined {
  if (text === undefined) return undefined;
  if (text === ALL) return END_STATES;
  return text === 'none' ? [] : words(text).map((word) => oneOf('--events', word, END_STATES));
}

function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return answer(
    io,
    values,
    (pool) => pool.webhooks.list(),
    (got) => (got.webhooks.length === 0 ? 'No webhooks.\n' : table(io, COLUMNS, got.webhooks)),
  );
}

function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = idOf(positionals[0]);
  return answer(
    io,
    values,
    (pool) => pool.webhooks.get(id),
    (webhook) => table(io, COLUMNS, [webhook]),
  );
}

async function add(args: readonly string[], io: Io): Promise<number> {
  const options = { ...SETTINGS, format: { type: 'string' }, tenant: { type: 'string' } } as const;
  const { values, positionals } = parseVerb(args, options, ['URL']);
  const { format, signature, secret } = values;
  const tenantId = optionalId('--tenant', values.tenant);
  const events = eventsOf(values.events);
  const order: WebhookOrderWire = {
    url: positionals[0] ?? '',
    ...(format === undefined ? {} : { format }),
    ...(signature === undefined ? {} : { signature }),
    ...(secret === undefined ? {} : { secret }),
    ...(events === undefined ? {} : { events }),
    ...(tenantId === undefined ? {} : { tenantId }),
  };
  return await answer(
    io,
    values,
    (pool) => pool.webhooks.create(order),
    (made) =>
      `Webhook ${made.webhook.id} to ${printableText(made.webhook.url)} (${made.webhook.format}). ` +
      `Its secret, shown this once; keep it:\n\n  ${paint(io, 'bold', printableText(made.secret))}\n`,
  );
}

async function set(args: readonly string[], io: Io): Promise<number> {
  const options = { ...SETTINGS, 'url-to': { type: 'string' }, 'new-secret': { type: 'boolean' } } as const;
  const { values, positionals } = parseVerb(args, options, ['ID']);
  const id = idOf(positionals[0]);
  const events = eventsOf(values.events);
  const edit = {
    ...(values['url-to'] === undefined ? {} : { url: values['url-to'] }),
    ...(values.signature === undefined ? {} : { signature: values.signature }),
    ...(values.secret === undefined ? {} : { secret: values.secret }),
    ...(values['new-secret'] ? { newSecret: true } : {}),
    ...(events === undefined ? {} : { events }),
  };
  if (Object.keys(edit).length === 0) throw new CliError(EXIT.usage, 'Say what to change, such as --events all');
  return await answer(
    io,
    values,
    (pool) => pool.webhooks.change(id, edit),
    ({ webhook, secret }) =>
      table(io, COLUMNS, [webhook]) +
      (secret === null ? '' : `\nIts new secret, shown this once:\n\n  ${printableText(secret)}\n`),
  );
}

function remove(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = idOf(positionals[0]);
  return answer(
    io,
    values,
    (pool) => pool.webhooks.remove(id),
    (webhook) => `Webhook ${webhook.id} to ${printableText(webhook.url)} is removed.\n`,
  );
}

/** Exits with 1 where the receiver did not take it. */
async function test(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = idOf(positionals[0]);
  let taken = false;
  await answer(
    io,
    values,
    async (pool) => {
      const outcome = await pool.webhooks.test(id);
      taken = outcome.delivered;
      return outcome;
    },
    ({ delivered, error, tookMs }) =>
      delivered ? `Taken after ${tookMs} ms.\n` : `Not taken: the receiver ${printableText(error ?? '')}.\n`,
  );
  return taken ? EXIT.ok : EXIT.failed;
}

const DELIVERY_COLUMNS: readonly Column<DeliveryWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'WEBHOOK', right: true, cell: ({ webhookId }) => String(webhookId) },
  { title: 'JOB', right: true, cell: ({ jobId }) => String(jobId) },
  { title: 'EVENT', cell: ({ event }) => event },
  {
    title: 'STATE',
    cell: ({ state }) => state,
    style: ({ state }) => (state === 'dead' ? 'red' : state === 'delivered' ? 'green' : 'cyan'),
  },
  { title: 'TRIES', right: true, cell: ({ tries }) => String(tries) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'NEXT (UTC)', cell: ({ nextAt }) => (nextAt === null ? '' : timeText(nextAt)) },
  { title: 'LAST ANSWER', cell: ({ error, status }) => error ?? (status === null ? '' : `answered ${status}`) },
];

function deliveries(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {
    webhook: { type: 'string' },
    job: { type: 'string' },
    state: { type: 'string' },
    limit: { type: 'string', default: '20' },
    before: { type: 'string' },
  });
  const filter = {
    webhook: optionalId('--webhook', values.webhook),
    job: optionalId('--job', values.job),
    state: values.state === undefined ? undefined : oneOf('--state', values.state, STATES),
    before: optionalId('--before', values.before),
    limit: wholeNumber('--limit', values.limit, 1, 200),
  };
  return answer(
    io,
    values,
    (pool) => pool.deliveries.list(filter),
    (got) => {
      if (got.deliveries.length === 0) return 'No deliveries.\n';
      const more = got.nextBefore === null ? '' : paint(io, 'dim', `More: --before ${got.nextBefore}\n`);
      return table(io, DELIVERY_COLUMNS, got.deliveries) + more;
    },
  );
}

async function replay(args: readonly string[], io: Io): Promise<number> {
  const options = { dead: { type: 'boolean', default: false }, webhook: { type: 'string' } } as const;
  const { values, positionals } = parseVerb(args, options, ['[ID]']);
  if (values.dead === (positionals[0] !== undefined)) {
    throw new CliError(EXIT.usage, 'Say ID, or --dead and --webhook ID');
  }
  if (values.dead) {
    const webhook = idOf(values.webhook, '--webhook');
    return await answer(
      io,
      values,
      (pool) => pool.webhooks.replay(webhook),
      ({ replayed }) => `${replayed} ${replayed === 1 ? 'delivery is' : 'deliveries are'} sent again.\n`,
    );
  }
  const id = idOf(positionals[0]);
  return await answer(
    io,
    values,
    (pool) => pool.deliveries.replay(id),
    (delivery) =>
      fields(io, [
        ['Delivery', String(delivery.id)],
        ['State', delivery.state],
      ]),
  );
}

/** Loaded only where it is called: nothing else needs a server. */
async function listen(args: readonly string[], io: Io): Promise<number> {
  return await (await import('./webhook-listen.ts')).listen(args, io);
}
