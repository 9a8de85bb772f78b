/** What an attempt sends: its request, and the kept bytes behind it. Read anew for every call. */
import type { AccountRow, AssetRow, AttemptRow, JobRow, Op, Statements } from '../contracts/store.ts';
import type { AttemptInput, AttemptOrder, MadeBy, ResultSource } from '../contracts/upstream.ts';
import type { InputRef, JobRequest } from '../core/request.ts';
import { type Engine, must } from './context.ts';

/** What is sent, and to whom. */
export function readOrder(
  engine: Engine,
  { job, attempt }: { readonly job: JobRow; readonly attempt: AttemptRow },
): Promise<{ account: AccountRow; order: AttemptOrder }> {
  const request = job.request as unknown as JobRequest;
  const voiceId = request.speech?.voiceId;
  return engine.store.read(function* (q) {
    const account = must(yield* q.accounts.get(attempt.accountId), 'account');
    const inputs: AttemptInput[] = [];
    for (const ref of request.inputs) inputs.push(yield* readInput(q, ref));
    const order = { id: attempt.id, jobId: job.id, request, inputs };
    if (voiceId === undefined) return { account, order };
    const voice = yield* readInput(q, { role: 'voice', kind: 'audio', assetId: voiceId });
    return { account, order: { ...order, voice } };
  });
}

function* readInput(q: Statements, { role, kind, assetId, name }: InputRef): Op<AttemptInput> {
  const asset = must(yield* q.assets.get(assetId), `asset ${assetId}`);
  const { blobKey, info } = asset;
  const made = yield* makerOf(q, asset);
  return {
    ...{ role, kind, assetId, blobKey, info: info as unknown as AttemptInput['info'] },
    ...(name === undefined ? {} : { name }),
    ...(made === undefined ? {} : { made }),
  };
}

/** The attempt that made an asset, and where it was. */
function* makerOf(q: Statements, asset: AssetRow): Op<MadeBy | undefined> {
  const job = asset.jobId === null ? undefined : yield* q.jobs.get(asset.jobId);
  const attempt = job?.attemptId ? yield* q.attempts.get(job.attemptId) : undefined;
  if (!job || !attempt) return undefined;
  // Only where there are several is it written down which became what; the first is always the result.
  const sources = (job.sources ?? []) as unknown as readonly (ResultSource & { readonly assetId?: number })[];
  const source = sources.find(({ assetId }) => assetId === asset.id) ?? sources[0];
  return source && { accountId: attempt.accountId, ref: attempt.ref, source };
}
