import type { WebhookFormat } from '../contracts/webhook.ts';
import { standardWebhooks } from './native/webhooks.ts';
import { pixverseWebhooks } from './pixverse/webhooks.ts';

/** Every format of webhooks. The first is that of a webhook set up without one; adding one is its codec and a line here. */
export const WEBHOOK_FORMATS: readonly WebhookFormat[] = [pixverseWebhooks, standardWebhooks];
