import type { FastifyInstance } from 'fastify';
import { ALL_ROUTES, type NamedRoute } from '../../wire/native/routes.ts';
import type { DoorContext } from '../context.ts';
import { withForms } from '../forms.ts';
import { readCall } from './call.ts';
import { authenticate, onceOf } from './enter.ts';
import { handlerOf } from './handlers.ts';

/** Adds every route of the table. */
export function mountRoutes(app: FastifyInstance, context: DoorContext): void {
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  const mountAll = (scope: FastifyInstance, takesFile: boolean) => {
    for (const named of ALL_ROUTES) {
      if ((named.route.file !== undefined) === takesFile) mountRoute(scope, named, context, closing.signal);
    }
  };
  mountAll(app, false);
  withForms(app, (scope) => mountAll(scope, true));
}

function mountRoute(app: FastifyInstance, named: NamedRoute, context: DoorContext, closing: AbortSignal): void {
  const { route } = named;
  const handle = handlerOf(named);
  app.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    exposeHeadRoute: route.stream !== true,
    async handler(request, reply) {
      const who = await authenticate(context.gateway, request);
      const params = request.params as Readonly<Record<string, string>>;
      const call = await readCall(
        named,
        { params, query: request.query, body: request.body },
        {
          who,
          reader: { origin: context.origin(request), role: who.role },
          // Of a file, what a repetition must agree in is not known yet: its handler reads both.
          once: route.once && route.file === undefined ? onceOf(request) : null,
          http: { request, reply, closing },
        },
      );
      // Before the handler, which may know better; a refusal has a status of its own.
      if (route.status !== undefined) reply.code(route.status);
      const answer = await handle(call, context);
      if (route.stream) return reply;
      if (route.secret) reply.header('cache-control', 'no-store');
      return answer;
    },
  });
}
