import { type TestContext, test } from 'node:test';
import { OUTCOMES } from './outcomes.ts';

/** A test that proves one outcome of the list. */
export function proves(
  id: string,
  options: { skip?: string | false },
  prove: (t: TestContext) => Promise<void>,
): Promise<void> {
  const outcome = OUTCOMES.get(id);
  if (outcome === undefined) throw new Error(`outcomes.ts has no ${id}`);
  return test(`${id}: ${outcome.when}`, { timeout: 120_000, ...options }, prove);
}
