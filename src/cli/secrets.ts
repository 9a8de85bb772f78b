import { sleep, systemClock } from '../std/clock.ts';
import { UNNAMED_KEY } from '../std/crypto.ts';
import type { RotationWire, SecretsWire } from '../wire/native/schemas/secrets.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Pool, withPool } from './pool.ts';
import { type Column, type Io, printableText, table } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

/** Between two looks whether every gateway has the new key, and how many there are: the dead are found after half of it. */
const PAUSE_MS = 1_000;
const LOOKS_MAX = 60;

/** `reelpool secrets`. */
export const secrets: Command = {
  usage: `Usage: reelpool secrets status [options]
       reelpool secrets rotate [options]

Credentials of accounts, secrets of webhooks and remembered answers are sealed with an encryption key. status shows which
key seals how many of them, by the keys' ids, which tell nothing about the keys. rotate makes a new key in encryption.key,
waits until every gateway has it, seals everything with it and takes the old one out of the file; gateways go on working
meanwhile. Ended half-way it is called again and goes on. Where the key is set in the configuration, docs/secrets.md says
what to set first. Addresses of files that were handed out stay good until they expire.

${POOL_USAGE}`,
  run: verbs('secrets', { status, rotate }),
};

type KeyRow = SecretsWire['keys'][number] & { readonly role: string };

const number = (title: string, of: (row: KeyRow) => number): Column<KeyRow> => ({
  title,
  right: true,
  cell: (row) => of(row).toLocaleString('en-US'),
});

const COLUMNS: readonly Column<KeyRow>[] = [
  { title: 'KEY', cell: ({ id }) => id },
  number('ACCOUNTS', ({ accounts }) => accounts),
  number('WEBHOOKS', ({ webhooks }) => webhooks),
  number('ANSWERS', ({ answers }) => answers),
  number('OTHERS', ({ others }) => others),
  { title: 'ROLE', cell: ({ role }) => role, style: ({ known }) => (known ? undefined : 'red') },
];

function roleOf({ sealing, wanted }: SecretsWire, { id, known }: SecretsWire['keys'][number]): string {
  if (id === UNNAMED_KEY) return 'sealed before keys had names';
  if (!known) return 'missing here: what it seals cannot be opened';
  if (id === sealing) return id === wanted ? 'seals' : 'seals until every gateway has the new key';
  return id === wanted ? 'new: seals when every gateway has it' : 'former: only opens';
}

function status(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return answer(
    io,
    values,
    (pool) => pool.secrets.status(),
    (got) =>
      table(
        io,
        COLUMNS,
        got.keys.map((key) => ({ ...key, role: roleOf(got, key) })),
      ) + hintOf(got),
  );
}

function hintOf({ sealing, wanted, left, waitingFor }: SecretsWire): string {
  if (waitingFor.length > 0) return `\n${lackText(waitingFor, wanted)}\n`;
  if (sealing === wanted && left === 0) return '';
  return '\nA rotation is not finished: `reelpool secrets rotate` goes on with it.\n';
}

function lackText(nodes: readonly number[], key: string): string {
  const who = nodes.length === 1 ? `Gateway ${nodes[0]} does` : `Gateways ${nodes.join(', ')} do`;
  return `${who} not have the key ${key} yet. One with a data folder of its own needs a copy of encryption.key, one with keys in its settings a start with them.`;
}

async function rotate(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return await withPool(io, values, async (pool) => {
    const first = await pool.secrets.rotate({});
    io.err(`The key ${first.wanted} is to seal.\n`);
    const last = await finish(pool, io, first);
    if (values.json) printJson(io, last);
    else io.out(`Everything is sealed with the key ${last.wanted}.\n${nextText(last)}`);
    return EXIT.ok;
  });
}

/** Repeats the step until it is done. */
async function finish(pool: Pool, io: Io, first: RotationWire): Promise<RotationWire> {
  let seen = first;
  let looks = 0;
  while (!seen.done) {
    const before = seen;
    if (before.sealing !== before.wanted) {
      if (looks === 0) io.err(`${lackText(before.waitingFor, before.wanted)}\n`);
      looks += 1;
      if (looks > LOOKS_MAX)
        throw new CliError(EXIT.refused, `${lackText(before.waitingFor, before.wanted)} Call this again then`);
      await sleep(systemClock, PAUSE_MS);
    }
    seen = await pool.secrets.rotate({ to: first.wanted });
    if (seen.sealing === seen.wanted && seen.unreadable.length > 0 && seen.left >= before.left) throw stuck(seen);
  }
  return seen;
}

function stuck({ left, unreadable }: RotationWire): CliError {
  const lines = unreadable.map(({ what, why }) => `  ${printableText(what)}: ${printableText(why)}`);
  return new CliError(
    EXIT.failed,
    `${left} sealed values cannot be opened, so the keys they name are kept:\n${lines.join('\n')}\nThen call this again`,
  );
}

const nextText = ({ source }: RotationWire): string =>
  source === 'settings'
    ? 'Take the former keys out of REELPOOL_FORMER_ENCRYPTION_KEYS at the next start; a backup made until now needs them.\n'
    : 'A backup made until now needs the encryption.key of its time.\n';
