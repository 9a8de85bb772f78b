/** The process around the program: what Node starts. */
import { holdProcess } from '../std/clock.ts';
import { EXIT } from './exit.ts';
import { run } from './program.ts';
import type { Io } from './terminal.ts';

function processIo(): Io {
  const { stdout, stderr, env } = process;
  const tty = stdout.isTTY === true;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env,
    cwd: process.cwd(),
    tty,
    colours: tty && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    columns: stdout.columns || 80,
  };
}

// `reelpool jobs list | head -1` closes our stdout early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
);
// Nobody reads our stderr any more: a gateway that is stopping goes on stopping.
process.stderr.on('error', () => {});

// A command that only waits (for a database that is starting) must not end for lack of anything else to do.
holdProcess();
const exit = await run(process.argv.slice(2), processIo());
// What was written to a pipe must have left before the process ends.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));
