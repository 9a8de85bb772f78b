/**
 * `npm test`: every test/**\/*.test.ts under Node's own runner, which prints the last lines and decides the exit code.
 *
 *     npm test                      all
 *     npm test -- test/store        the files under a folder, or one file
 *     npm test -- --test-name-pattern=refill test/store
 *
 * Arguments that start with `-` go to the runner as they are.
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

/** No test file may take longer; one that hangs is ended and reported by the runner. */
const FILE_TIMEOUT_MS = 300_000;

const root = path.join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('-'));
const filters = args.filter((arg) => !arg.startsWith('-')).map((arg) => path.relative(root, path.resolve(arg)));

const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => filters.length === 0 || filters.some((filter) => file === filter || file.startsWith(`${filter}/`)))
  .sort();
if (files.length === 0) {
  console.error(
    `No test file matches ${filters.join(', ')}. Filters are folders or files below ${path.join('test', '')}`,
  );
  process.exit(1);
}

// A file that starts servers, renders or a database keeps more than one core busy, and all files share the machine:
// one process per core, and never more than four, so that no test has to be generous about time.
const concurrency = Math.min(4, Math.max(1, availableParallelism()));
const runner = spawn(
  process.execPath,
  [
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    '--test-reporter=spec',
    ...flags,
    ...files,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // Every file is a process that loads the whole program; what one has compiled the next need not.
    env: { NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'node'), ...process.env },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
runner.on('exit', (code, signal) => {
  process.exitCode = signal === null ? (code ?? 1) : 1;
});
