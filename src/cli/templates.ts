import type { TemplatesWire, TemplateWire } from '../wire/native/schemas/templates.ts';
import { wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { type Column, type Io, paint, table } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

/** `reelpool templates`. */
export const templates: Command = {
  usage: `Usage: reelpool templates list [--tenant ID] [options]
       reelpool templates activate ID [--tenant ID] [options]

Templates (effects) that a request may name. Some are open to all; the others have to be activated, by each tenant for
itself. An activation stays, and so many may be made in a calendar month (UTC), which list tells.

      --tenant ID        whose templates (default: those of the key's tenant)
${POOL_USAGE}`,
  run: verbs('templates', { list, activate }),
};

const ID_MAX = Number.MAX_SAFE_INTEGER;

const stateOf = ({ open, activatedAt }: TemplateWire): string =>
  open ? 'open' : activatedAt === null ? '-' : activatedAt.slice(0, 10);

const COLUMNS: readonly Column<TemplateWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'MAKES', cell: ({ makes }) => makes },
  { title: 'PICTURES', cell: ({ pictures: { min, max } }) => (min === max ? String(min) : `${min}-${max}`) },
  { title: 'SECONDS', right: true, cell: ({ durationS }) => (durationS === 0 ? '-' : String(durationS)) },
  { title: 'QUALITIES', cell: ({ qualities }) => qualities.join(',') || '-' },
  { title: 'ACTIVE', cell: stateOf, style: ({ active }) => (active ? 'green' : 'dim') },
  { title: 'NAME', cell: ({ name }) => name },
];

const tenantOf = (text: string | undefined) =>
  text === undefined ? undefined : wholeNumber('--tenant', text, 1, ID_MAX);

const leftOf = ({ activations: { month, used, limit } }: TemplatesWire): string =>
  `${used} of ${limit} activations of ${month} are used.\n`;

async function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, { tenant: { type: 'string' } });
  const tenant = tenantOf(values.tenant);
  return await answer(
    io,
    values,
    (pool) => pool.templates.list({ tenant }),
    (got) => table(io, COLUMNS, got.templates) + paint(io, 'dim', leftOf(got)),
  );
}

async function activate(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, { tenant: { type: 'string' } }, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  const tenant = tenantOf(values.tenant);
  return await answer(
    io,
    values,
    (pool) => pool.templates.activate(id, { tenant }),
    (template) => `Template ${template.id} (${template.name}) is active.\n`,
  );
}
