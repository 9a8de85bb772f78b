import { z } from 'zod';

const keyIdSchema = z.string().describe('Which encryption key: 8 hexadecimal digits that tell nothing about it.');

/** Which encryption keys seal what. */
export const secretsSchema = z.object({
  source: z
    .enum(['file', 'settings'])
    .describe('Where the keys of this gateway come from: the file in its data folder, or what its operator has set.'),
  sealing: keyIdSchema.describe('The key that seals now.'),
  wanted: keyIdSchema.describe('The key that is to seal; another one while a rotation has not come to it.'),
  keys: z
    .array(
      z.object({
        id: keyIdSchema,
        known: z.boolean().describe('Whether this gateway has it. What it seals cannot be opened without it.'),
        accounts: z.int(),
        webhooks: z.int(),
        answers: z.int().describe('Answers kept for requests that are repeated.'),
        others: z.int().describe('What the gateway itself keeps.'),
      }),
    )
    .describe('Keys that seal something or are known here.'),
  waitingFor: z.array(z.int()).describe('Numbers of the gateways that do not have the wanted key yet.'),
  left: z.int().describe('Values that the wanted key does not seal yet.'),
});

/** How far a rotation has come. */
export const rotationSchema = secretsSchema.extend({
  done: z.boolean(),
  unreadable: z
    .array(z.object({ what: z.string(), why: z.string() }))
    .describe('What does not open, and why; at most a hundred. It stays as it is, and its key is kept.'),
});

/** What a step of a rotation is asked with. */
export const rotationOrderSchema = z.strictObject({
  to: z
    .string()
    .regex(/^[0-9a-f]{8}$/, 'must be the id of a key: 8 hexadecimal digits')
    .optional()
    .describe('Goes on with the rotation to this key, and begins none; `wanted` of the first answer.'),
});

export type SecretsWire = z.output<typeof secretsSchema>;
export type RotationWire = z.output<typeof rotationSchema>;
