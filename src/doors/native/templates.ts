import { given } from '../../std/json.ts';
import { encodeTemplate, encodeTemplates } from '../../wire/native/template-encode.ts';
import type { Handlers } from './call.ts';

/** Templates; a client key sees and activates them for its tenant, an admin key for any. */
export const templates: Handlers<'templates'> = {
  list: async ({ who, query }, { gateway }) =>
    encodeTemplates(await gateway.templates(who, given({ tenantId: query.tenant }))),
  activate: async ({ who, params, query, once }, { gateway }) =>
    encodeTemplate(
      await gateway.activateTemplate(who, { templateId: params.id, ...given({ tenantId: query.tenant }) }, once),
    ),
};
