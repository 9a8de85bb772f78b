/** Where known bugs are planted: around the parts a process is made of, never inside the engine. */
import type { Blobs } from '../../src/contracts/blobs.ts';
import type { Op, Statements, Store } from '../../src/contracts/store.ts';
import type { Upstream } from '../../src/contracts/upstream.ts';
import type { Engine } from '../../src/engine/context.ts';
import type { Kept } from './parts.ts';
import type { Life, World } from './world.ts';

/** One process in which a bug is planted. */
export interface PlantSite {
  readonly world: World;
  readonly life: Life;
  readonly kept: Kept;
  /** The process's own memory, gone with it. */
  readonly memory: Map<string, number>;
}

/** A wrong program: what it does to the parts of each process. */
export interface Plant {
  store(store: Store, site: PlantSite): Store;
  blobs(blobs: Blobs, site: PlantSite): Blobs;
  media(media: Engine['media'], site: PlantSite): Engine['media'];
  upstream(upstream: Upstream, site: PlantSite): Upstream;
}

/** The program as it is. */
export const NO_PLANT: Plant = {
  store: (store) => store,
  blobs: (blobs) => blobs,
  media: (media) => media,
  upstream: (upstream) => upstream,
};

/** A program that is wrong in these parts only. */
export function planted(parts: Partial<Plant>): Plant {
  return { ...NO_PLANT, ...parts };
}

/** Changes the statements of every unit that a process writes. */
export function withStatements(store: Store, change: (q: Statements, label: string) => Statements): Store {
  return {
    ...store,
    write: <T>(label: string, unit: (q: Statements) => Op<T>) => store.write(label, (q) => unit(change(q, label))),
  };
}
