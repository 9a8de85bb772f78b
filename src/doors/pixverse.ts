import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BalanceView, JobView, Principal } from '../contracts/views.ts';
import type { JobOrder } from '../engine/gateway.ts';
import { Refusal, refuse } from '../std/errors.ts';
import { readId } from '../std/ids.ts';
import { randomInt } from '../std/random.ts';
import {
  balanceAnswer,
  createAnswer,
  imageUploadAnswer,
  mediaUploadAnswer,
  statusAnswer,
  success,
} from '../wire/pixverse/answers.ts';
import { KEY_HEADER, pixverseDialect } from '../wire/pixverse/dialect.ts';
import { SEED_MAX } from '../wire/pixverse/models.ts';
import { readWebhookId } from '../wire/pixverse/requests/fields.ts';
import { CREATE_ROUTES } from '../wire/pixverse/requests.ts';
import { IMAGE_FIELDS, IMAGE_UPLOAD, MEDIA_FIELDS, MEDIA_UPLOAD } from '../wire/pixverse/uploads.ts';
import type { Door, DoorContext } from './context.ts';
import { withForms } from './forms.ts';
import { armDoor } from './http.ts';
import { requireKey } from './keys.ts';
import { repeatable } from './pixverse/trace.ts';
import { mountLists } from './pixverse/lists.ts';
import { keepUpload, type UploadRoute } from './pixverse/upload.ts';
import { JSON_TYPE, Written } from './written.ts';

/** The PixVerse Platform OpenAPI v2, for the routes that exist: creates, the picture upload, status and balance. */
export const pixverseDoor: Door = { name: pixverseDialect.name, prefix: pixverseDialect.prefix, mount };

const IMAGE_ROUTE: UploadRoute = { path: '/image/upload', fields: IMAGE_FIELDS, policy: IMAGE_UPLOAD };
const MEDIA_ROUTE: UploadRoute = { path: '/media/upload', fields: MEDIA_FIELDS, policy: MEDIA_UPLOAD };

function mount(app: FastifyInstance, context: DoorContext): void {
  const { gateway, log } = context;
  armDoor(app, { refusal: pixverseDialect.refusal, log });
  const balances = new Written((view: BalanceView) => success(balanceAnswer(view)));
  const statuses = new Written((view: JobView, origin) => success(statusAnswer(view, origin)));
  app.get('/account/balance', async (request, reply) => {
    const view = await gateway.balance(await authenticate(context, request));
    return reply.type(JSON_TYPE).send(balances.text(view, ''));
  });
  app.get<{ Params: { id: string } }>('/video/result/:id', async (request, reply) => {
    const job = await gateway.job(await authenticate(context, request), readVideoId(request.params.id));
    // Asking where we are costs more than the rest of the answer, and only a result has an address.
    const origin = job.result === null ? '' : context.origin(request);
    return reply.type(JSON_TYPE).send(statuses.text(job, origin));
  });
  void app.register(async (scope) => posts(scope, context));
}

function posts(app: FastifyInstance, context: DoorContext): void {
  const { gateway, random } = context;
  const sender = requireKey(app, (request) => authenticate(context, request));
  const pickSeed = () => randomInt(random, SEED_MAX + 1);
  for (const { path, decode, complete } of CREATE_ROUTES) {
    app.post(path, async (request) => {
      const idempotency = repeatable(request, path, request.body);
      const draft = decode(request.body, pickSeed);
      const webhook = webhookOf(context, request);
      const order = { dialect: pixverseDialect.name, request: draft, idempotency };
      const { job } = await gateway.createJob(sender(request), {
        ...order,
        ...(complete && { complete }),
        ...(webhook && { webhook }),
      });
      return success(createAnswer(job));
    });
  }
  mountLists(app, context, sender);
  withForms(app, (scope) => {
    scope.post(IMAGE_ROUTE.path, async (request) => {
      const asset = await keepUpload(gateway, sender(request), request, IMAGE_ROUTE);
      return success(imageUploadAnswer(asset, context.origin(request)));
    });
    scope.post(MEDIA_ROUTE.path, async (request) => {
      const asset = await keepUpload(gateway, sender(request), request, MEDIA_ROUTE);
      return success(mediaUploadAnswer(asset, context.origin(request)));
    });
  });
}

/** reference/pixverse-platform.md §9: every create may name a webhook. */
function webhookOf(context: DoorContext, request: FastifyRequest): JobOrder['webhook'] {
  const id = readWebhookId(request.body);
  return id === undefined ? undefined : { id, field: 'webhook_id', origin: context.origin(request) };
}

/** reference/pixverse-platform.md §2: the key stands in `API-KEY`, with GETs too. */
function authenticate(context: DoorContext, request: FastifyRequest): Principal | Promise<Principal> {
  const secret = request.headers['api-key'];
  if (typeof secret === 'string' && secret !== '') return context.gateway.authenticate(secret);
  throw new Refusal('key_missing', {
    field: KEY_HEADER,
    message: `${KEY_HEADER} is missing. Send your key in the header ${KEY_HEADER} with every request.`,
  });
}

/** An id of a path, without losing digits; what is no id names no video. */
function readVideoId(text: string): number {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return (
    readId(text) ??
    refuse('not_found', { field: 'id', message: `There is no video with the id ${shown}. Check the id.` })
  );
}
