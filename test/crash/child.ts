/** A gateway as its own process, for tests that kill it: prints its address, ends on SIGTERM. Its folder is its argument. */
import { compose } from '../../src/compose.ts';
import { testConfig } from '../support/gateway.ts';

const [folder = '', database] = process.argv.slice(2);
const app = await compose(testConfig(folder, database ? { database } : {}));
const { url } = await app.listen();
process.stdout.write(`${url}\n`);
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
