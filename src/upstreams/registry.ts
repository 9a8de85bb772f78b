import path from 'node:path';
import type { Upstream } from '../contracts/upstream.ts';
import { type LocalOptions, openLocal } from './local/driver.ts';
import { openPixverse, type PixverseParts, type PixverseSettings } from './pixverse/driver.ts';

/** What the drivers are opened with. `folder` is the data folder: a driver with state keeps it in one of its name there. */
export type UpstreamParts = LocalOptions &
  Omit<PixverseParts, 'settings'> & {
    readonly settings: { readonly pixverse: PixverseSettings };
  };

/** The kind of the stand-in that draws instead of generating. */
export const SANDBOX = 'local';

/** Every kind of upstream and how it is opened: the one line that adds one. */
const OPENERS: Readonly<Record<string, (parts: UpstreamParts) => Promise<Upstream>>> = {
  local: (parts) => openLocal({ ...parts, folder: path.join(parts.folder, 'local') }),
  pixverse: (parts) => openPixverse({ ...parts, settings: parts.settings.pixverse }),
};

/** Opens every kind, by its name. */
export async function openUpstreams(parts: UpstreamParts): Promise<ReadonlyMap<string, Upstream>> {
  const upstreams = new Map<string, Upstream>();
  for (const [kind, opener] of Object.entries(OPENERS)) upstreams.set(kind, await opener(parts));
  return upstreams;
}
