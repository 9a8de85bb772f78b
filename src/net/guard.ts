import ipaddr from 'ipaddr.js';
import { Refusal } from '../std/errors.ts';

/**
 * Which addresses a stranger may make us call. Everything is refused that is not plainly a host of the public internet:
 * the list below says what is allowed, not what is forbidden, so that a range nobody thought of is refused.
 *
 * Two checks use it: `readTarget` on the URL as given, and `isAllowedAddress` on every address a name resolved to, at the
 * moment of connecting (net/fetch.ts). Only the second is the guard; the first gives better messages and stops the
 * names that mean a private network wherever they resolve.
 */

/** Public ranges that serve a machine's own secrets or controls in some clouds. */
const METADATA_ADDRESSES = new Set(['168.63.129.16', '100.100.100.200', '169.254.169.254', 'fd00:ec2::254']);

/** Names that never mean a public host, with everything below them. */
const PRIVATE_NAMES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'arpa',
  'onion',
  'test',
  'invalid',
];

/** Names of this machine; they pass where loopback is allowed and their addresses still have to be loopback. */
const LOOPBACK_NAMES = new Set(['localhost', 'localhost.localdomain', 'ip6-localhost', 'ip6-loopback']);

/** Ports above 1023 that belong to other protocols, which a request could be made to speak to. */
const FOREIGN_PORTS = new Set([
  1719, 1720, 1723, 2049, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080, 11211,
]);

const URL_LENGTH_MAX = 4096;

/** A URL that may be tried: its addresses are still to be checked. */
export interface Target {
  readonly url: URL;
  /** Host without brackets and trailing dot: a name, or an address in its normal form. */
  readonly host: string;
  readonly port: number;
  /** True where `host` is an address, which then has been checked. */
  readonly isAddress: boolean;
}

/**
 * Reads a URL a stranger gave. Spellings (decimal, octal, hexadecimal or short IPv4, full-width digits, percent-encoding,
 * upper case) are settled by the URL parser, which is also what the request is made from.
 * @throws Refusal `address_refused`; its message names nothing but what the caller gave.
 */
export function readTarget(text: string, allowLoopback: boolean): Target {
  if (text.length > URL_LENGTH_MAX) throw refused(`The address is longer than ${URL_LENGTH_MAX} characters.`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refused('The address is not a valid URL.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refused('The address is neither http nor https.');
  if (url.username !== '' || url.password !== '') throw refused('The address holds a user name or password.');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port !== 80 && port !== 443 && (port < 1024 || FOREIGN_PORTS.has(port))) {
    throw refused(`Port ${port} is not a port for web pages.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (ipaddr.isValid(host)) {
    if (!isAllowedAddress(host, allowLoopback)) throw privateHost(url.hostname);
    return { url, host, port, isAddress: true };
  }
  if (!isAllowedName(host, allowLoopback)) throw privateHost(url.hostname);
  return { url, host, port, isAddress: false };
}

/** Is this, as text, an address that may be connected to? What cannot be read may not. */
export function isAllowedAddress(text: string, allowLoopback: boolean): boolean {
  // Zone ids (`fe80::1%eth0`) only make sense on local links.
  if (text.includes('%') || !ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  if (METADATA_ADDRESSES.has(address.toString())) return false;
  const plain = address.kind() === 'ipv6' ? embedded(address as ipaddr.IPv6) : address;
  if (METADATA_ADDRESSES.has(plain.toString())) return false;
  const range = plain.range();
  if (range === 'loopback') return allowLoopback;
  if (range !== 'unicast') return false;
  // Of IPv6 only 2000::/3 is the public internet; the rest is unassigned or an IPv4 address in a costume.
  return plain.kind() === 'ipv4' || plain.match(PUBLIC_IPV6);
}

/** The refusal for an address that is not public, in whatever way we learned it. */
export function privateHost(shownHost: string): Refusal {
  const shown = shownHost.length > 100 ? `${shownHost.slice(0, 100)}…` : shownHost;
  return refused(`${shown} is not on the public internet.`);
}

const PUBLIC_IPV6 = ipaddr.parseCIDR('2000::/3');
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');

/** IPv4 inside IPv6 where the network would deliver it as IPv4: mapped addresses and NAT64. Others are judged as IPv6. */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (!address.match(NAT64)) return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

function isAllowedName(host: string, allowLoopback: boolean): boolean {
  if (LOOPBACK_NAMES.has(host) || host.endsWith('.localhost')) return allowLoopback;
  // A name without a dot is looked up in the local network's own domain.
  if (host === '' || host.length > 253 || !host.includes('.')) return false;
  return !PRIVATE_NAMES.some((name) => host.endsWith(`.${name}`));
}

function refused(reason: string): Refusal {
  return new Refusal('address_refused', { message: `${reason} Use a public http or https address.` });
}
