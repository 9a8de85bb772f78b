/** One process's way to the shared store: its units and answers wait at the gate, its signals may be lost. */
import type { Op, Statements, Store, WakeChannel } from '../../src/contracts/store.ts';
import { Refusal } from '../../src/std/errors.ts';
import type { Failing } from './parts.ts';
import type { Tap } from './tap.ts';
import type { Life, World } from './world.ts';

/** What the stores of all processes share. */
export interface SharedStore {
  readonly real: Store;
  readonly tap: Tap;
  readonly listeners: Set<{ life: Life; hear(channel: WakeChannel): void }>;
  readonly signalLoss: number;
  /** Told of every wake-up that leaves. */
  onNotify(life: Life, channel: WakeChannel): void;
}

/** A store as one process has it. */
export function gatedStore(world: World, life: Life, shared: SharedStore, failing: Failing): Store {
  const { real, tap, listeners } = shared;
  const away = () => new Refusal('database_failed', { message: 'The database could not be written (simulated).' });
  const doubt = () => new Refusal('internal', { message: 'Whether the commit stands is not known (simulated).' });
  return {
    backend: real.backend,
    exclusive: false,
    version: () => undefined,
    async write<T>(label: string, unit: (q: Statements) => Op<T>): Promise<T> {
      await world.gate(life, `write ${label}`);
      if (failing('write')) throw away();
      const lost = failing('ack');
      const result = await tap.write(life, label, unit);
      await world.gate(life, `wrote ${label}`);
      if (lost) throw doubt();
      return result;
    },
    async read(unit) {
      await world.gate(life, 'read');
      if (failing('read')) throw away();
      return real.read(unit);
    },
    notify(channel) {
      shared.onNotify(life, channel);
      for (const listener of listeners) {
        if (!listener.life.alive || world.random.float() < shared.signalLoss) continue;
        void world.gate(listener.life, `signal ${channel}`).then(() => listener.hear(channel));
      }
    },
    onNotify(hear) {
      const listener = { life, hear };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => undefined,
  };
}
