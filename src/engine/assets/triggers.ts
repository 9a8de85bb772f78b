/**
 * Files that are to be refused because their names say so (core/triggers.ts): only for keys whose jobs nothing but our own
 * renderer would take, so that no word in a name costs anybody a job at a vendor.
 */
import type { AssetRow, KeyRow } from '../../contracts/store.ts';
import type { InputDraft, Operation } from '../../core/request.ts';
import { type FileTrigger, fileTriggerIn } from '../../core/triggers.ts';
import { type ErrorCode, Refusal } from '../../std/errors.ts';
import { askedOf } from '../accounts/choice.ts';
import { type Engine, upstreamOf } from '../context.ts';
import type { UploadPolicy } from '../gateway.ts';

type Spoilt = Readonly<Partial<Record<FileTrigger, ErrorCode>>>;

const AT_UPLOAD: Spoilt = { moderated: 'moderated', failed: 'upload_failed', overload: 'upstream_busy' };
const IN_A_REQUEST: Spoilt = { 'not-compliant': 'content_refused' };
const IN_MOTION_CONTROL: Spoilt = {
  ...IN_A_REQUEST,
  'no-subject': 'subject_missing',
  'no-person': 'person_missing',
};

/** Would nothing but our own renderer take the jobs of this key? */
function isDrawn(engine: Engine, key: KeyRow): boolean {
  const asked = askedOf(engine, [...engine.pool.upstreams(key.poolId)], key);
  return asked.length > 0 && asked.every((kind) => upstreamOf(engine, kind).traits.sandbox);
}

/** Refuses an upload whose name asks for it. @param source its name or address. */
export function refuseUpload(engine: Engine, key: KeyRow, { kind, field }: UploadPolicy, source: string | null): void {
  const code = codeIn(AT_UPLOAD, source);
  if (code === undefined || !isDrawn(engine, key)) return;
  // A picture that is not let through has a code of its own.
  const said = code === 'moderated' && kind === 'image' ? 'image_moderated' : code;
  throw new Refusal(said, { field, message: `${field} was refused, because its name asked for that.` });
}

/** Refuses a request with an input whose name asks for it. */
export function refuseInput(
  engine: Engine,
  key: KeyRow,
  operation: Operation,
  { kind, source }: AssetRow,
  { field }: InputDraft,
): void {
  // What was made here has an upstream's address in this place.
  if (kind !== 'upload') return;
  const code = codeIn(operation === 'motion-control' ? IN_MOTION_CONTROL : IN_A_REQUEST, source);
  if (code === undefined || !isDrawn(engine, key)) return;
  throw new Refusal(code, { field, message: `${field} was refused, because the name of its file asked for that.` });
}

function codeIn(codes: Spoilt, source: string | null): ErrorCode | undefined {
  const trigger = source === null ? undefined : fileTriggerIn(source);
  return trigger && codes[trigger];
}
