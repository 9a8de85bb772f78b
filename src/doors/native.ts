import { nativeDialect } from '../wire/native/dialect.ts';
import type { Door } from './context.ts';
import { serveDocument } from './documents.ts';
import { armDoor } from './http.ts';
import { mountRoutes } from './native/mount.ts';

/** `/pool/v1`: Reelpool's own API, which the commands use. Keys come as `Authorization: Bearer`, `API-KEY` or `x-api-key`. */
export const nativeDoor: Door = {
  name: nativeDialect.name,
  prefix: nativeDialect.prefix,
  mount(app, context) {
    armDoor(app, { refusal: nativeDialect.refusal, log: context.log });
    serveDocument(app, { page: '/docs', document: '/openapi.json' }, async () =>
      (await import('../wire/native/openapi.ts')).nativeOpenApi(),
    );
    mountRoutes(app, context);
  },
};
