import type { AccountView } from '../../contracts/views.ts';
import { isoTime } from '../../std/clock.ts';
import { floorWhole } from '../../std/credits.ts';
import { Refusal, refuse } from '../../std/errors.ts';
import { EMAIL_MAX_CHARS } from './accounts.ts';

/** What the vendor prints for a time that never was. reference/useapi-pixverse.md §2.5. */
const NEVER = '0001-01-01T00:00:00Z';
/** The one plan type shown for a subscription (§2.5's sample); 0 stands for none. */
const SUBSCRIPTION_TYPE = 2;
const DAY_MS = 86_400_000;

/**
 * The address a read route's `?email=` names, or undefined where it names none: absent and empty are the same
 * (reference/what-clients-send.md, useapi.net v2). Given twice it is refused; what can be no name of an account is
 * refused as an unknown one.
 */
export function emailOf(query: unknown): string | undefined {
  const value = (query as { email?: unknown } | null | undefined)?.email;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') {
    return refuse('parameter_invalid', { field: 'email', message: 'email is given more than once. Send one address.' });
  }
  if (value.length > EMAIL_MAX_CHARS || /[\p{Cc}\p{Cs}]/u.test(value)) throw unknownEmail(value);
  return value;
}

/**
 * The account meant by a read request that names none: the only one there is. With several the address is required
 * (reference/useapi-pixverse.md §1.3: 400); with none there is nothing to read (§1.6: 404).
 */
export function onlyAccount(accounts: readonly AccountView[]): AccountView {
  const [first, ...others] = accounts;
  if (first === undefined) {
    return refuse('account_not_found', {
      field: 'email',
      message: 'No account is configured. Create one with POST /v2/pixverse/accounts/<email>.',
    });
  }
  if (others.length > 0) {
    return refuse('parameter_missing', {
      field: 'email',
      message: `email is required, because ${accounts.length} accounts are configured. Add ?email=<address>.`,
    });
  }
  return first;
}

/**
 * The refusal of an address that is not configured. Read routes document 400 and 401 only
 * (reference/useapi-pixverse.md §1.3), and the value of a query parameter is at fault: 400, where `GET
 * /accounts/{email}`, whose path is the resource, says 404.
 */
export function unknownEmail(email: string): Refusal {
  const shown = email.length > EMAIL_MAX_CHARS ? `${email.slice(0, EMAIL_MAX_CHARS)}…` : email;
  return new Refusal('parameter_invalid', {
    field: 'email',
    message: `email: no account ${shown} is configured. Create it with POST /v2/pixverse/accounts/<email>, or check the address.`,
  });
}

/**
 * The plan of an account: every field of the vendor's page, in the order of its model (reference/useapi-pixverse.md §2.5).
 * Names, credits, dates, slots and qualities are the account's own. Ids are the account's id here; fields about
 * payment say that nothing is paid, and flags of what this gateway does not offer are 0.
 * @param now ms, for `remaining_days`.
 */
export function featuresAnswer(view: AccountView, now: number) {
  return { ...planOf(view), ...creditsOf(view), ...billingOf(view, now), ...limitsOf(view) };
}

function planOf(view: AccountView) {
  const type = view.plan.monthlyGift > 0 ? SUBSCRIPTION_TYPE : 0;
  return {
    user_id: view.id,
    member_id: view.id,
    product_id: 0,
    plan_name: view.plan.name,
    next_plan_name: view.plan.name,
    next_plan_type: type,
    current_plan_type: type,
    last_plan_name: '',
    last_plan_type: 0,
    last_product_id: 0,
    type: 0,
    expired_member: 0,
  };
}

/** What is left, in whole credits rounded down; what running attempts have set aside is still counted as left. */
function creditsOf({ credits, plan }: AccountView) {
  return {
    credit_daily: floorWhole(credits.daily),
    credit_daily_gift: plan.dailyGift,
    initial_credit_gift: 0,
    credit_monthly: floorWhole(credits.monthly),
    credit_monthly_gift: plan.monthlyGift,
    credit_package: floorWhole(credits.package),
    credits_more: 0,
    has_purchased_credits: credits.package > 0,
    is_gift_card: false,
    credits_refresh_time: toSeconds(plan.renewsAt),
    daily_credits_refresh_time: toSeconds(plan.dailyRefreshAt),
  };
}

function billingOf({ plan }: AccountView, now: number) {
  const renewal = toSeconds(plan.renewsAt);
  return {
    price: '0',
    renewal_price: '0',
    billing_period: 1,
    next_billing_period: 1,
    billing_renewal_date: renewal,
    expired_date: renewal,
    remaining_days: Math.max(0, Math.ceil((plan.renewsAt - now) / DAY_MS)),
    payment: 0,
    invoice_url: '',
    stripe_bill_url: '',
    renewal_retention: 0,
    cancel_updated_at: NEVER,
    sub_order_in_progress: 0,
  };
}

function limitsOf({ plan }: AccountView) {
  return {
    gen_simultaneously: plan.simultaneous,
    allow_fast_mode: 1,
    allow_relaxed_mode: 0,
    allow_use_new_feat: 1,
    allow_private_generate: 1,
    remove_watermark: 1,
    allow_purchase_credit: 0,
    allow_effect: 0,
    batch_generation: 0,
    album_num: 0,
    veo_sora_models: 0,
    preview_mode: 0,
    preview_mode_discount: '1',
    off_peak: 0,
    off_peak_discount: '1',
    qualities: plan.qualities,
    unlimited_image_models: [] as readonly string[],
    accessible_image_models: [] as readonly string[],
  };
}

/** ISO 8601 in UTC without the milliseconds, as the page prints its times. */
function toSeconds(atMs: number): string {
  return isoTime(atMs).replace(/\.\d+Z$/, 'Z');
}
