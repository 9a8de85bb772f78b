import type { AttemptInput, AttemptOrder } from '../../contracts/upstream.ts';
import type { JobRequest } from '../../core/request.ts';
import type { VendorInput } from '../../wire/pixverse/encode/parts.ts';
import { readRef, type VideoName } from './ref.ts';
import type { Errand, Need, NotCarried, Uploads } from './uploads.ts';

/** Everything an order needs, as the account names it. */
export interface AllCarried {
  readonly type: 'carried';
  readonly inputs: readonly VendorInput[];
  /** Named by what was known of them before: the account may have forgotten them. */
  readonly remembered: readonly AttemptInput[];
}

/** Brings the inputs of an order to its account, one after the other, and the voice that speaks. */
export async function carryAll(
  errand: Errand,
  { request, inputs, voice }: AttemptOrder,
  uploads: Uploads,
): Promise<AllCarried | NotCarried> {
  const masked = inputs.find(({ role }) => role === 'mask');
  const named: VendorInput[] = [];
  const remembered: AttemptInput[] = [];
  for (const input of voice === undefined ? inputs : [...inputs, voice]) {
    const one = await nameOf(errand, input, { request, uploads, masked });
    if ('type' in one) return one;
    const { role, kind, name } = input;
    named.push({ role, kind, ...(name === undefined ? {} : { name }), ...one.as });
    if (one.fallible) remembered.push(input);
  }
  return { type: 'carried', inputs: named, remembered };
}

/** What an input is called there. `fallible`: where that is not known there any more, the input can be carried anew. */
interface Name {
  readonly as: Pick<VendorInput, 'id' | 'generated' | 'url'>;
  readonly fallible: boolean;
}

async function nameOf(
  errand: Errand,
  input: AttemptInput,
  known: {
    readonly request: JobRequest;
    readonly uploads: Uploads;
    /** A mask among the inputs. */
    readonly masked: AttemptInput | undefined;
  },
): Promise<Name | NotCarried> {
  const { request, uploads, masked } = known;
  if (input.role === 'mask') return maskName(errand, input);
  // A mask goes only with the video it was found in, by the name that it had then (reference/pixverse-platform.md §4.12).
  const [video] = input.role === 'source' && masked !== undefined ? madeThere(errand, masked) : [];
  if (video !== undefined) return { as: video, fallible: false };
  const need = needOf(request, input);
  const own = need === 'id' ? generatedThere(errand, input) : undefined;
  if (own !== undefined && !(await uploads.tried(errand.access, input))) return { as: own, fallible: true };
  const carried = await (input.role === 'voice'
    ? uploads.carryVoice(errand, input)
    : uploads.carry(errand, input, need));
  if (carried.type !== 'carried') return carried;
  const { id, url, fresh } = carried;
  return { as: { id, ...(url === undefined ? {} : { url }) }, fallible: !fresh };
}

/** Agents name what they are given by address, and a song has to be verified (§4.20). */
function needOf({ operation }: JobRequest, { role }: AttemptInput): Need {
  if (operation === 'agent') return 'address';
  return operation === 'music-video' && role === 'sound' ? 'verified' : 'id';
}

/** What the account made needs no upload: it has a number there already. */
function generatedThere({ access }: Errand, { kind, made }: AttemptInput): VideoName | undefined {
  if (kind !== 'video' || made?.accountId !== access.accountId) return undefined;
  const ref = readRef(made.ref);
  return ref?.makes === 'video' ? { id: ref.id, generated: true } : undefined;
}

/** The video a mask was found in and the mask itself, where this account found it. */
function madeThere({ access }: Errand, { made }: AttemptInput): [VideoName, { readonly id: string }] | [] {
  const ref = made?.accountId === access.accountId ? readRef(made.ref) : undefined;
  if (ref?.makes !== 'masks') return [];
  const mask = ref.masks.find(({ url }) => url === made?.source.url);
  return mask === undefined ? [] : [ref.video, mask];
}

function maskName(errand: Errand, mask: AttemptInput): Name | NotCarried {
  const [, found] = madeThere(errand, mask);
  if (found !== undefined) return { as: { id: found.id }, fallible: false };
  return { type: 'refused', code: 'input_forgotten', message: `The account does not know the mask ${mask.assetId}.` };
}
