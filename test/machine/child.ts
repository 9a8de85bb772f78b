/**
 * A gateway as its own process whose clock can be set, for tests of a machine that misbehaves. Prints its address, ends
 * on SIGTERM and with its parent. Arguments: its folder, and what to change of a test gateway's configuration, as JSON.
 */
import { compose } from '../../src/compose.ts';
import { testConfig } from '../support/gateway.ts';
import { SettableClock } from '../support/settable-clock.ts';

/** What the parent may ask; every request is answered with `done` when it has been done. */
export interface ClockOrder {
  /** The wall clock is put so far from the machine's, ms; nothing else changes. */
  readonly set?: number;
  /** So much time passes at once, ms: timers that fall due in it fire. */
  readonly pass?: number;
}

const [folder = '', change = '{}'] = process.argv.slice(2);
const clock = new SettableClock();
clock.set(Number(process.env['REELPOOL_TEST_CLOCK_OFFSET'] ?? 0));
const onFatal = (reason: string) => {
  process.stderr.write(`fatal: ${reason}\n`);
  process.exit(1);
};
const app = await compose(testConfig(folder, JSON.parse(change)), { clock, onFatal });
const { url } = await app.listen();
process.stdout.write(`${url}\n`);
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
process.on('message', ({ set, pass }: ClockOrder) => {
  if (set !== undefined) clock.set(set);
  if (pass !== undefined) clock.pass(pass);
  process.send?.('done');
});
