import type { Io } from './terminal.ts';

/** A command of the program, in a file of its own that is loaded only when it is called. */
export interface Command {
  /** What `--help` prints. */
  readonly usage: string;
  /** Runs with the arguments after the command's name; resolves with the exit code. */
  run(args: readonly string[], io: Io): Promise<number>;
}

/** Options every asking command has, for its usage text. */
export const POOL_USAGE = `      --json             print JSON, for scripts
      --url URL          the gateway to ask (REELPOOL_URL); default: the one that runs here, else the store itself
      --key KEY          key to send (REELPOOL_KEY)
      --config FILE      configuration file (REELPOOL_CONFIG)
      --data FOLDER      open the store in this folder
      --database URL     open this PostgreSQL store
`;

/** Prints a value as JSON, for scripts. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
