/** The PixVerse driver over our own door: the contract that all drivers share. */
import { after } from 'node:test';
import { testMedia } from '../media/fixtures.ts';
import { openDriverWorld } from '../support/pixverse-driver.ts';
import { upstreamContract } from './contract.ts';
import { IMAGE, TEXT } from './world.ts';

const media = await testMedia({ after });
const world = await openDriverWorld({ after });

for (const [name, request] of Object.entries({ 'pixverse, text to video': TEXT, 'pixverse, image to video': IMAGE })) {
  upstreamContract(
    name,
    async () => {
      let upstream = await world.open();
      return {
        upstream,
        account: world.account,
        order: (id) => world.order(id, request),
        starts: world.starts,
        judge: (order, bytes) => world.judge(order, bytes, media),
        async reopen() {
          await upstream.close();
          upstream = await world.open();
          return upstream;
        },
      };
    },
    {
      'what is cancelled is over, and stays so': 'the vendor documents no way to cancel',
      'a lost answer is looked up': 'the vendor cannot be asked by a trace id; the create is repeated under it instead',
      'watchers are told': 'it hears only what calls it: test/upstreams/pixverse-callbacks.test.ts',
      'what is forgotten is gone, and is no second order when it is sent again': 'the vendor keeps what it made',
    },
  );
}
