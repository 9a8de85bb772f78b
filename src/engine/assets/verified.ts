/** Sounds that were looked at and found fit, which some operations ask for before they take one. */
import type { MediaInfo } from '../../contracts/media.ts';
import type { Op, Statements } from '../../contracts/store.ts';
import type { KnownInput, Principal } from '../../contracts/views.ts';
import { Refusal } from '../../std/errors.ts';
import type { Engine } from '../context.ts';

const nameOf = (assetId: number): string => `verified:${assetId}`;

/** Looks at an uploaded sound; remembers durably that it passed. Refuses as `check` does, or where there is none. */
export async function verifySound(
  engine: Engine,
  who: Principal,
  sound: { readonly assetId: number; readonly field: string },
  check: (sound: KnownInput) => void,
): Promise<void> {
  const { assetId, field } = sound;
  const at = engine.effects.clock.now();
  await engine.store.write('verify', function* (q) {
    const asset = yield* q.assets.get(assetId);
    const info = asset?.info as unknown as MediaInfo | undefined;
    if (
      asset?.tenantId !== who.tenantId ||
      asset.kind !== 'upload' ||
      asset.deletedAt !== null ||
      info?.kind !== 'audio'
    ) {
      const message = `${field}: No uploaded sound has the id ${assetId}. Upload it and use the id of that answer.`;
      throw new Refusal('parameter_invalid', { field, message });
    }
    check({ ref: { role: 'sound', kind: 'audio', assetId }, info, bytes: asset.bytes, field });
    yield* q.meta.setOnce(nameOf(assetId), String(at));
  });
}

/** Did the sound pass? */
export function* isVerified(q: Statements, assetId: number): Op<boolean> {
  return (yield* q.meta.get(nameOf(assetId))) !== undefined;
}
