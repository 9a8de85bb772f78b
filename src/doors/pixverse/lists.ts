import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../../contracts/views.ts';
import type { Gateway } from '../../engine/gateway.ts';
import { success } from '../../wire/pixverse/answers.ts';
import {
  checkVoice,
  decodeNewSpeaker,
  decodeRestyles,
  decodeSpeakers,
  decodeTemplates,
  decodeTtsList,
  listParameters,
  readVoiceId,
  restylesAnswer,
  type SpeakersAnswer,
  SYSTEM_SPEAKERS,
  speakerAnswer,
  systemSpeakers,
  templatesAnswer,
} from '../../wire/pixverse/lists.ts';
import { decodeUsage, usageAnswer } from '../../wire/pixverse/usage.ts';
import type { DoorContext } from '../context.ts';
import { readGetBody } from '../http.ts';
import { repeatable, traceId } from './trace.ts';

const SPEAKERS_PATH = '/video/tts_speaker';

/** Adds the lists and the voices: reference/pixverse-platform.md §4.6, §4.10, §4.20. @param sender who sent a request. */
export function mountLists(
  app: FastifyInstance,
  { gateway }: DoorContext,
  sender: (request: FastifyRequest) => Principal,
): void {
  app.get('/video/lip_sync/tts_list', async (request) => {
    const page = decodeTtsList(await parametersOf(request));
    return success({ total: SYSTEM_SPEAKERS, data: systemSpeakers(page) } satisfies SpeakersAnswer);
  });
  app.get(SPEAKERS_PATH, async (request) => {
    return success(await speakers(gateway, sender(request), decodeSpeakers(await parametersOf(request))));
  });
  app.post(SPEAKERS_PATH, async (request) => {
    const idempotency = repeatable(request, SPEAKERS_PATH, request.body);
    const order = { ...decodeNewSpeaker(request.body), check: checkVoice, idempotency };
    return success(speakerAnswer(await gateway.addVoice(sender(request), order)));
  });
  app.delete<{ Params: { id: string } }>(`${SPEAKERS_PATH}/:id`, async (request) => {
    await gateway.removeVoice(sender(request), readVoiceId(request.params.id));
    return success({});
  });
  app.get('/video/restyle/list', async (request) => {
    return success(restylesAnswer(decodeRestyles(await parametersOf(request))));
  });
  app.get('/video/effects/templates/list', async (request) => {
    const page = decodeTemplates(await parametersOf(request));
    const { templates } = await gateway.templates(sender(request));
    return success(templatesAnswer(page, templates, gateway.priceOf));
  });
  app.post('/account/billing/usage-detail', async (request) => {
    // A question: every request needs its id, and none is answered from memory.
    traceId(request);
    return success(usageAnswer(await gateway.charges(sender(request), decodeUsage(request.body))));
  });
}

/** What a list was asked with, in its query string or in its body. */
async function parametersOf(request: FastifyRequest): Promise<unknown> {
  return listParameters(request.query, await readGetBody(request));
}

/** The system's voices come first, then the tenant's own. */
async function speakers(
  gateway: Gateway,
  who: Principal,
  { type, offset, limit }: ReturnType<typeof decodeSpeakers>,
): Promise<SpeakersAnswer> {
  if (type === 'system') return { total: SYSTEM_SPEAKERS, data: systemSpeakers({ offset, limit }) };
  const before = type === 'all' ? SYSTEM_SPEAKERS : 0;
  const system = type === 'all' ? systemSpeakers({ offset, limit }) : [];
  const own = { offset: Math.max(0, offset - before), limit: limit - system.length };
  const { total, voices } = await gateway.voices(who, own);
  return { total: before + total, data: [...system, ...voices.map(speakerAnswer)] };
}
