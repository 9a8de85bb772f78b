/**
 * The one seed of a test run. `npm test` draws it, prints it and hands it to every file as `REELPOOL_TEST_SEED`; given
 * from outside it plays an earlier run again. A file that is run alone draws its own.
 */
import { randomInt } from 'node:crypto';

export const TEST_SEED = Number(process.env['REELPOOL_TEST_SEED'] ?? randomInt(2 ** 31));
