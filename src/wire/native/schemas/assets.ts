import { z } from 'zod';
import { idSchema, idText, limitText, timeSchema } from './common.ts';
import { fileSchema } from './jobs.ts';

/** What kept bytes can be to their tenant. */
const KINDS = ['upload', 'result', 'cover', 'mask', 'voice'] as const;

/** A kept file, and what it is to its tenant. */
export const assetSchema = fileSchema.extend({
  kind: z.enum(KINDS),
  tenantId: idSchema,
  jobId: idSchema.nullable().describe('The job it is a result of; null for uploads and voices.'),
  name: z
    .string()
    .nullable()
    .describe('Of an upload its file name or address, of a mask what it shows, of a voice its name.'),
  createdAt: timeSchema,
});

/** Answer of `GET /assets`: newest first. */
export const assetsSchema = z.object({
  assets: z.array(assetSchema),
  nextBefore: idSchema.nullable().describe('`before` of the next page; null on the last one.'),
});

/** Query of `GET /assets`, as texts. */
export const assetsQuerySchema = z.strictObject({
  kind: z.enum(KINDS).optional(),
  tenant: idText.optional(),
  before: idText.optional(),
  limit: limitText,
});

/** Body of `POST /uploads` without a file; with one, the form field `file` takes the place of `url`. */
export const uploadOrderSchema = z.strictObject({ url: z.string().describe('Where the file is fetched from.') });

export type AssetWire = z.output<typeof assetSchema>;
export type AssetsWire = z.output<typeof assetsSchema>;
