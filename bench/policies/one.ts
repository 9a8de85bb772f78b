/** One policy in a process of its own: `node bench/policies/one.ts NAME HOURS SEED`. Prints its figures as JSON. */
import { figuresOf } from './figures.ts';
import { SPREAD } from './load.ts';
import { CLIENTS, isPolicy, POLICIES, POOL } from './policies.ts';

const HOUR_MS = 3_600_000;
const WARM_UP_MS = 20 * 60_000;

const [name, hours, seed] = process.argv.slice(2);
if (!isPolicy(name)) throw new Error(`no policy ${name}`);
const span = {
  seed: Number(seed),
  warmUpMs: WARM_UP_MS,
  countedMs: Number(hours) * HOUR_MS,
  clients: CLIENTS,
  spread: SPREAD,
};
console.log(JSON.stringify(figuresOf(await POLICIES[name].run(POOL, span))));
