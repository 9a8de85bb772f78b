/** Writes docs/when-the-machine-fails.md from the list that the tests of test/machine/ prove. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { failureDocument } from '../test/machine/document.ts';

writeFileSync(path.join(import.meta.dirname, '../docs/when-the-machine-fails.md'), failureDocument());
