import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JobView, Principal } from '../../contracts/views.ts';
import type { InputKind } from '../../core/request.ts';
import type { JobOrder } from '../../engine/gateway.ts';
import { isErrorCode, Refusal } from '../../std/errors.ts';
import { randomInt } from '../../std/random.ts';
import { createAnswer, maskAnswer, success } from '../../wire/pixverse/answers.ts';
import { pixverseDialect } from '../../wire/pixverse/dialect.ts';
import { SEED_MAX } from '../../wire/pixverse/models.ts';
import { OURS } from '../../wire/pixverse/ours.ts';
import { readWebhookId } from '../../wire/pixverse/requests/fields.ts';
import { decodeVerification, VERIFICATION_PATH, verifiable } from '../../wire/pixverse/requests/verification.ts';
import { CREATE_ROUTES, type CreateRoute } from '../../wire/pixverse/requests.ts';
import { IMAGE_UPLOAD, MEDIA_UPLOAD } from '../../wire/pixverse/uploads.ts';
import { keepAddresses } from '../addresses.ts';
import type { DoorContext } from '../context.ts';
import { repeatable } from './trace.ts';

/** Who sent a request whose key was checked. */
type Sender = (request: FastifyRequest) => Principal;

/** Mounts every create operation, and the verification of sounds. */
export function mountCreates(app: FastifyInstance, context: DoorContext, sender: Sender): void {
  const { gateway } = context;
  for (const route of CREATE_ROUTES) {
    app.post(route.path, async (request) => {
      const job = await create(context, sender(request), request, route);
      if (route.answers !== 'masks') return success(createAnswer(job));
      const ended = await gateway.finished(sender(request), job.id, OURS.maskWaitMs);
      return success(maskAnswer(succeeded(ended), context.origin(request)));
    });
  }
  app.post(VERIFICATION_PATH, async (request) => {
    repeatable(request, VERIFICATION_PATH, request.body);
    await gateway.verifySound(sender(request), decodeVerification(request.body), verifiable);
    return success({});
  });
}

async function create(
  context: DoorContext,
  who: Principal,
  request: FastifyRequest,
  { path, decode, complete }: CreateRoute,
): Promise<JobView> {
  const { gateway, random } = context;
  const idempotency = repeatable(request, path, request.body);
  const draft = decode(request.body, {
    pickSeed: () => randomInt(random, SEED_MAX + 1),
    templates: gateway.templateTable,
  });
  const kept = await keepAddresses(gateway, who, draft, policyOf, idempotency);
  const webhook = webhookOf(context, request);
  const order = { dialect: pixverseDialect.name, request: kept, idempotency };
  const whole = { ...order, ...(complete && { complete }), ...(webhook && { webhook }) };
  return (await gateway.createJob(who, whole)).job;
}

/** reference/pixverse-platform.md §9: every create may name a webhook. */
function webhookOf(context: DoorContext, request: FastifyRequest): JobOrder['webhook'] {
  const id = readWebhookId(request.body);
  return id === undefined ? undefined : { id, field: 'webhook_id', origin: context.origin(request) };
}

const policyOf = (kind: InputKind) => (kind === 'image' ? IMAGE_UPLOAD : MEDIA_UPLOAD);

/** A job that was waited for, or the refusal that says how it ended, or that it has not yet. */
function succeeded(job: JobView): JobView {
  if (job.state === 'succeeded' && job.result !== null) return job;
  if (job.error !== null && job.finishedAt !== null) {
    const code = isErrorCode(job.error.code) ? job.error.code : 'generation_failed';
    throw new Refusal(code, { message: job.error.message });
  }
  throw new Refusal('result_pending', {
    retryAfterS: 5,
    message: 'The masks are not ready yet. Send the same request with the same Ai-trace-id to wait for them further.',
  });
}
