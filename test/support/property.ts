/** fast-check with the seed of the run: what a run found, the next with its seed finds again. */
import fc from 'fast-check';
import { TEST_SEED } from './seed.ts';

fc.configureGlobal({ seed: TEST_SEED });

export { fc };
