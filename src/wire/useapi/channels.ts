import type { AccountView } from '../../contracts/views.ts';
import { sha256Hex } from '../../std/crypto.ts';
import { refuse } from '../../std/errors.ts';

/**
 * v1 spoke of Discord channels where v2 speaks of accounts. Our accounts have none, so v1 shows each account as a
 * channel of its own whose ids are derived from the account's id and never change. They name nothing at Discord.
 */
export interface Channel {
  readonly server: string;
  readonly channel: string;
  /** The account's session token, masked: the pages do not say whether listings mask, so nothing is shown (ours). */
  readonly discord: string;
  readonly maxJobs: number;
}

/**
 * `GET /account` of v1: every account, keyed by its channel. Refuses with `account_not_found` where there is none.
 * reference/useapi-pixverse.md §6.1.
 */
export function channelsAnswer(accounts: readonly AccountView[]): Record<string, Channel> {
  if (accounts.length === 0) return refuse('account_not_found');
  return Object.fromEntries(accounts.map(channelOf).map((channel) => [channel.channel, channel]));
}

function channelOf(view: AccountView): Channel {
  return {
    server: snowflake(`useapi-v1/server/${view.id}`),
    channel: snowflake(`useapi-v1/channel/${view.id}`),
    discord: view.session.tokenMasked,
    maxJobs: view.maxJobs,
  };
}

/** 19 digits, the first a 1, as Discord's ids of the 2020s are: 10^18 plus 59 bits of a hash. */
function snowflake(seed: string): string {
  return String(10n ** 18n + (BigInt(`0x${sha256Hex(seed).slice(0, 16)}`) >> 5n));
}

/** When v2 replaced v1: the date of the first v2 pages (reference/useapi-pixverse.md §0), in seconds. */
const DEPRECATED_AT_S = Date.UTC(2024, 11, 6) / 1000;

/**
 * The headers of every v1 answer: the date of its deprecation (RFC 9745) and what replaces it. No date of its end is
 * known, so there is no `Sunset`.
 * @param successor path of the v2 route that does the same.
 */
export function deprecationHeaders(successor: string): Record<string, string> {
  return { deprecation: `@${DEPRECATED_AT_S}`, link: `<${successor}>; rel="successor-version"` };
}
