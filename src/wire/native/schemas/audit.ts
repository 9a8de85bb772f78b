import { z } from 'zod';
import { idSchema, idText, jsonSchema, limitText, timeSchema } from './common.ts';

/** Answer of `GET /audit`: newest first. */
export const auditSchema = z.object({
  changes: z.array(
    z.object({
      id: idSchema,
      at: timeSchema,
      keyId: idSchema,
      tenantId: idSchema,
      action: z.string(),
      subject: z.string(),
      before: jsonSchema.describe('What differs, as it was. Amounts as `GET` shows them; secrets masked.'),
      after: jsonSchema,
    }),
  ),
  nextBefore: idSchema.nullable(),
});

/** Query of `GET /audit`. */
export const auditQuerySchema = z.strictObject({
  action: z.string().min(1).max(100).optional(),
  subject: z.string().min(1).max(100).optional(),
  before: idText.optional(),
  limit: limitText,
});

export type AuditWire = z.output<typeof auditSchema>;
