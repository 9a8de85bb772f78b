import type { FastifyInstance } from 'fastify';
import { callbacksDoor } from './callbacks.ts';
import type { Door, DoorContext } from './context.ts';
import { crunDoor } from './crun.ts';
import { mediaDoor } from './media.ts';
import { nativeDoor } from './native.ts';
import { pixverseCreditsDoor, pixverseDoor } from './pixverse.ts';
import { pixverseDocsDoor } from './pixverse/docs.ts';
import { serviceDoor } from './service.ts';
import { useapiV1Door, useapiV2Door } from './useapi.ts';

/** Every door that speaks a dialect, in the order the page at `/` names them. Adding one is its file and a line here. */
export const DIALECT_DOORS: readonly Door[] = [pixverseDoor, useapiV2Door, useapiV1Door, crunDoor, nativeDoor];

/** Every door. The service door comes last: it answers what no other claims. */
export const DOORS: readonly Door[] = [
  ...DIALECT_DOORS,
  pixverseCreditsDoor,
  pixverseDocsDoor,
  mediaDoor,
  callbacksDoor,
  serviceDoor(DIALECT_DOORS),
];

/** Mounts every door under its prefix, each in its own scope: its errors, hooks and parsers are its own. */
export function mountDoors(app: FastifyInstance, context: DoorContext): void {
  for (const door of DOORS) {
    void app.register(async (scope) => door.mount(scope, context), { prefix: door.prefix });
  }
}
