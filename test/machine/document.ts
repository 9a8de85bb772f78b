import { GROUPS } from './outcomes.ts';

const HEAD = `# When the machine fails

What becomes of a gateway when the disk, the clock, the data folder or the limits of the machine under it misbehave. Every
line is proved by the test of its name in \`test/machine/\`, with real processes on real disks; this page is made from the
list those tests cite (\`npm exec -- node scripts/failure-table.ts\`). How a gateway survives being killed at any point is
in [ARCHITECTURE.md](../ARCHITECTURE.md).

Refused as unavailable means: the dialect's own words for "not now, our fault" (PixVerse: HTTP 503, with
\`ErrCode\` 500100 where it is the database, else 500069), nothing is kept of the request and nothing is charged; the same
request with the same id works when the fault is over.
`;

const FOOT = `
## Where the tests run

Full and failing disks are small file systems that a test mounts in a namespace of its own, which takes root or user
namespaces; a disk that turns read-only under open files also takes loop devices. Elsewhere those tests are skipped, with
the reason.
`;

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The text of docs/when-the-machine-fails.md. */
export function failureDocument(): string {
  const groups = GROUPS.map(({ title, outcomes }) => {
    const rows = outcomes.map(
      ({ id, when, clients, work, operator }) =>
        `| ${[`${when} (\`${id}\`)`, clients, work, operator].map(cell).join(' | ')} |`,
    );
    const head = '| what happens | clients | jobs and credits | operator |\n| --- | --- | --- | --- |';
    return `\n## ${title}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return HEAD + groups.join('') + FOOT;
}
