/** Inputs that are addresses: fetched and kept as uploads, before a job that uses them is accepted. */
import type { Principal } from '../contracts/views.ts';
import type { InputDraft, JobDraft } from '../core/request.ts';
import type { Gateway, Idempotency, UploadPolicy } from '../engine/gateway.ts';

/** What may be kept of each kind. */
export type Policies = (kind: InputDraft['kind']) => Omit<UploadPolicy, 'field'>;

/**
 * The draft with what was kept in place of its addresses. A repetition of the request finds the same uploads: each is kept
 * under an id made of the request's own and its field.
 */
export async function keepAddresses(
  gateway: Gateway,
  who: Principal,
  draft: JobDraft,
  policies: Policies,
  idempotency: Idempotency | null,
): Promise<JobDraft> {
  if (!draft.inputs.some(({ from }) => 'url' in from)) return draft;
  const inputs: InputDraft[] = [];
  for (const input of draft.inputs) {
    if (!('url' in input.from)) {
      inputs.push(input);
      continue;
    }
    const { url } = input.from;
    const policy = { ...policies(input.kind), field: input.field };
    const own = idempotency && {
      ...idempotency,
      route: `${idempotency.route}#${input.field}`,
      body: JSON.stringify(url),
    };
    const { asset } = await gateway.upload(who, { source: { type: 'url', url }, policy, idempotency: own });
    inputs.push({ ...input, from: { assetId: asset.id } });
  }
  return { ...draft, inputs };
}
