import { z } from 'zod';
import { QUALITIES } from '../../../core/request.ts';
import { idSchema, idText, timeSchema } from './common.ts';

/** A template, and whether the tenant may use it. */
export const templateSchema = z.object({
  id: idSchema,
  name: z.string(),
  prompt: z.string().describe('What it makes of the pictures.'),
  makes: z.enum(['video', 'image']),
  pictures: z.object({ min: z.int(), max: z.int() }).describe('How many it takes.'),
  durationS: z.int().describe('Seconds of the video; 0 for pictures.'),
  qualities: z.array(z.enum(QUALITIES)).describe('Of videos; pictures have none.'),
  open: z.boolean().describe('Every tenant may use it without activating it.'),
  active: z.boolean().describe('Open, or activated by the tenant.'),
  activatedAt: timeSchema.nullable(),
});

export const templatesSchema = z.object({
  templates: z.array(templateSchema),
  activations: z
    .object({ month: z.string().describe('2026-11, in UTC.'), used: z.int(), limit: z.int() })
    .describe('How many templates the tenant has activated this month, and how many it may.'),
});

/** Query of `GET /templates` and `POST /templates/{id}/activate`. */
export const templatesQuerySchema = z.strictObject({
  tenant: idText.optional().describe('For admins; the own one where absent.'),
});

export type TemplateWire = z.output<typeof templateSchema>;
export type TemplatesWire = z.output<typeof templatesSchema>;
