import { pixverseDialect } from '../../wire/pixverse/dialect.ts';
import type { Door } from '../context.ts';
import { serveDocument } from '../documents.ts';
import { armDoor } from '../http.ts';
import { plainRefusal } from '../plain.ts';

/** `GET /docs`: the dialect for people; its OpenAPI document for programs beside it. */
export const pixverseDocsDoor: Door = {
  name: 'docs',
  prefix: '/docs',
  mount(app, { log }) {
    armDoor(app, { refusal: plainRefusal, log });
    const paths = { page: '/', document: `/${pixverseDialect.name}.json` };
    serveDocument(app, paths, async () => (await import('../../wire/pixverse/document/openapi.ts')).pixverseOpenApi());
  },
};
