/** Speakers of a tenant's own: each is an asset that shares the bytes of the sound it was made of. */
import type { Library, VoiceOrder, VoiceView } from '../../contracts/library.ts';
import type { MediaInfo } from '../../contracts/media.ts';
import type { AssetRow } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { Refusal } from '../../std/errors.ts';
import type { Engine } from '../context.ts';
import { must } from '../context.ts';
import { FasterTwin, recall, remember, replayKey } from '../replay.ts';

type VoiceMethods = Pick<Library, 'voices' | 'addVoice' | 'removeVoice'>;

/** The voices of one engine's tenants. */
export function voiceMethods(engine: Engine): VoiceMethods {
  return {
    voices: ({ tenantId }, page) =>
      engine.store.read(function* (q) {
        const total = yield* q.assets.countVoices(tenantId);
        return { total, voices: (yield* q.assets.voices(tenantId, page)).map(voiceView) };
      }),
    addVoice: (who, order) => addVoice(engine, who, order),
    removeVoice: (who, id) =>
      engine.store.write('voice.remove', function* (q) {
        const row = yield* q.assets.get(id);
        const isVoice = row?.kind === 'voice' || row?.kind === 'former-voice';
        if (row?.tenantId !== who.tenantId || !isVoice) {
          throw new Refusal('not_found', { field: 'id', message: `There is no voice ${id} of yours. Check the id.` });
        }
        yield* q.assets.endVoice(id);
      }),
  };
}

const voiceView = ({ id, source }: AssetRow): VoiceView => ({ id, name: source ?? '' });

async function addVoice(engine: Engine, who: Principal, order: VoiceOrder): Promise<VoiceView> {
  const { name, assetId, field, check, idempotency } = order;
  const replay = idempotency ? replayKey(who, idempotency) : undefined;
  const id = engine.ids.next();
  const createdAt = engine.effects.clock.now();
  try {
    return await engine.store.write('voice.add', function* (q) {
      const first = replay && (yield* recall(q, replay));
      if (first !== undefined) return voiceView(must(yield* q.assets.get(first), 'a voice'));
      const sound = yield* q.assets.get(assetId);
      const info = sound?.info as unknown as MediaInfo | undefined;
      if (
        sound?.tenantId !== who.tenantId ||
        sound.kind !== 'upload' ||
        sound.deletedAt !== null ||
        info?.kind !== 'audio'
      ) {
        const message = `${field}: No uploaded sound has the id ${assetId}. Upload it and use the id of that answer.`;
        throw new Refusal('parameter_invalid', { field, message });
      }
      check({ ref: { role: 'voice', kind: 'audio', assetId }, info, bytes: sound.bytes, field });
      const row: AssetRow = { ...sound, id, kind: 'voice', source: name, createdAt };
      yield* q.assets.insert(row);
      const twin = replay && (yield* remember(q, replay, id, createdAt));
      if (twin !== undefined) throw new FasterTwin(twin);
      return voiceView(row);
    });
  } catch (error) {
    if (error instanceof FasterTwin) return { id: error.subject, name };
    throw error;
  }
}
