/**
 * `npm test`: every test/**\/*.test.ts under Node's own runner, which prints the last lines and decides the exit code.
 *
 *     npm test                      all
 *     npm test -- test/store        the files under a folder, or one file
 *     npm test -- --test-name-pattern=refill test/store
 *     npm test -- --second-try      files that failed run once more, one at a time, and that run decides
 *
 * Other arguments that start with `-` go to the runner as they are. Random tests take their seed from
 * `REELPOOL_TEST_SEED`; drawn and printed where it is not set.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

/** No test file may take longer; one that hangs is ended and reported by the runner. */
const FILE_TIMEOUT_MS = 300_000;
const SECOND_TRY = '--second-try';

const root = path.join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const flags = args.filter((arg) => arg.startsWith('-') && arg !== SECOND_TRY);
const filters = args.filter((arg) => !arg.startsWith('-')).map((arg) => path.relative(root, path.resolve(arg)));
const seed = process.env['REELPOOL_TEST_SEED'] ?? String(randomInt(2 ** 31));
const failedList = path.join(tmpdir(), `reelpool-failed-${process.pid}`);

const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => filters.length === 0 || filters.some((filter) => file === filter || file.startsWith(`${filter}/`)))
  .sort();
if (files.length === 0) {
  console.error(
    `No test file matches ${filters.join(', ')}. Filters are folders or files below ${path.join('test', '')}`,
  );
  process.exit(1);
}

/** Runs files, so many at a time; the runner's exit code. */
function run(some: readonly string[], together: number): Promise<number> {
  console.log(`REELPOOL_TEST_SEED=${seed}`);
  const runner = spawn(
    process.execPath,
    [
      '--test',
      `--test-concurrency=${together}`,
      `--test-timeout=${FILE_TIMEOUT_MS}`,
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${path.join(root, 'scripts/failed-files.ts')}`, `--test-reporter-destination=${failedList}`],
      ...flags,
      ...some,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      // Every file is a process that loads the whole program; what one has compiled the next need not.
      env: {
        NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'node'),
        ...process.env,
        REELPOOL_TEST_SEED: seed,
      },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal));
  return new Promise((resolve) => {
    runner.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
  });
}

/** The files in which something failed, and that this command knows. */
function failedFiles(): string[] {
  const named = readFileSync(failedList, 'utf8').split('\n');
  return files.filter((file) => named.some((name) => path.relative(root, path.resolve(root, name)) === file));
}

// A file that starts servers, renders or a database keeps more than one core busy, but the longest ones mostly wait for
// horizons and heartbeats: one process more than there are cores, and never more than four, so that no test has to be
// generous about time.
process.exitCode = await run(files, Math.min(4, availableParallelism() + 1));
if (process.exitCode !== 0 && args.includes(SECOND_TRY)) {
  const failed = failedFiles();
  if (failed.length > 0) {
    console.log(`\nFailed, and run once more with the same seed, one at a time: ${failed.join(', ')}`);
    console.log('What passes only now has a defect all the same.\n');
    process.exitCode = await run(failed, 1);
  }
}
rmSync(failedList, { force: true });
