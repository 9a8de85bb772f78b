import type { AuditWire } from '../wire/native/schemas/audit.ts';
import { wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { type Column, type Io, paint, table, timeText } from './terminal.ts';
import { answer, parseVerb } from './verbs.ts';

/** `reelpool audit`. */
export const audit: Command = {
  usage: `Usage: reelpool audit [options]

Shows what admins changed, newest first: when, with which key, what, and from what to what. Secrets are masked.

      --action ACTION    only this, e.g. key.change
      --subject SUBJECT  only changes of this, e.g. key:7
      --limit N          at most N lines, 1 to 200 (default 20)
      --before ID        only lines older than this one
${POOL_USAGE}`,
  run,
};

function run(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {
    action: { type: 'string' },
    subject: { type: 'string' },
    limit: { type: 'string', default: '20' },
    before: { type: 'string' },
  });
  const filter = {
    action: values.action,
    subject: values.subject,
    limit: wholeNumber('--limit', values.limit, 1, 200),
    before:
      values.before === undefined ? undefined : wholeNumber('--before', values.before, 1, Number.MAX_SAFE_INTEGER),
  };
  return answer(
    io,
    values,
    (pool) => pool.audit.list(filter),
    ({ changes, nextBefore }) => {
      if (changes.length === 0) return 'Nothing was changed.\n';
      const more = nextBefore === null ? '' : paint(io, 'dim', `More: reelpool audit --before ${nextBefore}\n`);
      return table(io, COLUMNS, changes) + more;
    },
  );
}

type Change = AuditWire['changes'][number];

const COLUMNS: readonly Column<Change>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'WHEN (UTC)', cell: ({ at }) => timeText(at) },
  { title: 'KEY', right: true, cell: ({ keyId }) => String(keyId) },
  { title: 'ACTION', cell: ({ action }) => action },
  { title: 'WHAT', cell: ({ subject }) => subject },
  { title: 'CHANGE', cell: changeText },
];

/** `weight: 1 → 3`; of what was made or removed, the whole of it. */
function changeText({ before, after }: Change): string {
  const members = (value: Change['before']) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  if (before === null || after === null) return JSON.stringify(after ?? before);
  const [from, to] = [members(before), members(after)];
  const text = (value: Change['before'] | undefined) => (value === undefined ? '-' : JSON.stringify(value));
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .map((name) => `${name}: ${text(from[name])} → ${text(to[name])}`)
    .join(', ');
}
