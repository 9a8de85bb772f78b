import type { Principal } from '../../contracts/views.ts';
import type { NamedRoute } from '../../wire/native/routes.ts';
import type { DoorContext } from '../context.ts';
import { readCall, type Said } from './call.ts';
import { handlerOf } from './handlers.ts';

/**
 * Answers a call of the native API without HTTP, for a program that opens the store itself: read and answered like a request,
 * with paths instead of addresses, because nobody serves them.
 */
export async function callDirectly(context: DoorContext, who: Principal, named: NamedRoute, said: Said) {
  const about = { who, reader: { origin: '', role: who.role }, once: null, http: null };
  return await handlerOf(named)(await readCall(named, said, about), context);
}
