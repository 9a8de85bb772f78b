import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BalanceView, JobView, Principal } from '../contracts/views.ts';
import { Refusal } from '../std/errors.ts';
import { readId } from '../std/ids.ts';
import {
  balanceAnswer,
  creditsAnswer,
  imageStatusAnswer,
  imageUploadAnswer,
  mediaUploadAnswer,
  statusAnswer,
  statusPathOf,
  success,
} from '../wire/pixverse/answers.ts';
import { KEY_HEADER, pixverseDialect } from '../wire/pixverse/dialect.ts';
import { IMAGE_FIELDS, IMAGE_UPLOAD, MEDIA_FIELDS, MEDIA_UPLOAD } from '../wire/pixverse/uploads.ts';
import type { Door, DoorContext } from './context.ts';
import { withForms } from './forms.ts';
import { armDoor } from './http.ts';
import { requireKey } from './keys.ts';
import { mountCreates } from './pixverse/creates.ts';
import { mountLists } from './pixverse/lists.ts';
import { repeatable } from './pixverse/trace.ts';
import { keepUpload, type UploadRoute } from './uploads.ts';
import { JSON_TYPE, Written } from './written.ts';

/** The PixVerse Platform OpenAPI v2, for the routes that exist: creates, uploads, status and balance. */
export const pixverseDoor: Door = { name: pixverseDialect.name, prefix: pixverseDialect.prefix, mount };

/** §3: outside the documented API; also asked for without its prefix. */
const CREDITS_PREFIX = '/video/credits';

const IMAGE_PATH = '/image/upload';
const MEDIA_PATH = '/media/upload';

function mount(app: FastifyInstance, context: DoorContext): void {
  const { gateway, log } = context;
  armDoor(app, { refusal: pixverseDialect.refusal, log });
  const balances = new Written((view: BalanceView) => success(balanceAnswer(view)));
  const statuses = new Written((view: JobView, origin) => success(statusAnswer(view, origin)));
  app.get('/account/balance', async (request, reply) => {
    const view = await gateway.balance(await authenticate(context, request));
    return reply.type(JSON_TYPE).send(balances.text(view, ''));
  });
  const images = new Written((view: JobView, origin) => success(imageStatusAnswer(view, origin)));
  const statusRoute = (kind: 'video' | 'image', answers: Written<JobView>) =>
    app.get<{ Params: { id: string } }>(`/${kind}/result/:id`, async (request, reply) => {
      const job = await gateway.job(await authenticate(context, request), readJobId(kind, request.params.id));
      if (statusPathOf(job) !== kind) throw noSuch(kind, request.params.id);
      // Asking where we are costs more than the rest of the answer, and only a result has an address.
      const origin = job.result === null ? '' : context.origin(request);
      return reply.type(JSON_TYPE).send(answers.text(job, origin));
    });
  statusRoute('video', statuses);
  statusRoute('image', images);
  creditsRoute(app, context, `${CREDITS_PREFIX}/:id`);
  void app.register(async (scope) => posts(scope, context));
}

/** §3: one client asks what a video cost, outside the documented API and without its prefix. */
export const pixverseCreditsDoor: Door = {
  name: `${pixverseDialect.name}-credits`,
  prefix: CREDITS_PREFIX,
  mount(app, context) {
    armDoor(app, { refusal: pixverseDialect.refusal, log: context.log });
    creditsRoute(app, context, '/:id');
  },
};

function creditsRoute(app: FastifyInstance, context: DoorContext, path: string): void {
  app.get<{ Params: { id: string } }>(path, async (request) => {
    const who = await authenticate(context, request);
    return success(creditsAnswer(await context.gateway.job(who, readJobId('video', request.params.id))));
  });
}

function posts(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  const sender = requireKey(app, (request) => authenticate(context, request));
  mountCreates(app, context, sender);
  mountLists(app, context, sender);
  withForms(app, (scope) => {
    const images = uploadRoute(IMAGE_PATH, IMAGE_FIELDS, IMAGE_UPLOAD);
    scope.post(IMAGE_PATH, async (request) => {
      const { asset } = await keepUpload(gateway, sender(request), request, images);
      return success(imageUploadAnswer(asset, context.origin(request)));
    });
    const media = uploadRoute(MEDIA_PATH, MEDIA_FIELDS, MEDIA_UPLOAD);
    scope.post(MEDIA_PATH, async (request) => {
      const { asset } = await keepUpload(gateway, sender(request), request, media);
      return success(mediaUploadAnswer(asset, context.origin(request)));
    });
  });
}

/** An upload route of reference/pixverse-platform.md §5; the vendor's samples send both fields and leave one empty. */
function uploadRoute(path: string, fields: UploadRoute['fields'], policy: UploadRoute['policy']): UploadRoute {
  return { fields, policy, repeatable: (request, body) => repeatable(request, path, body) };
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

/** An id of a path, without losing digits; what is no id names nothing. */
function readJobId(kind: 'video' | 'image', text: string): number {
  const id = readId(text);
  if (id === undefined) throw noSuch(kind, text);
  return id;
}

function noSuch(kind: 'video' | 'image', text: string): Refusal {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new Refusal('not_found', { field: 'id', message: `There is no ${kind} with the id ${shown}. Check the id.` });
}
