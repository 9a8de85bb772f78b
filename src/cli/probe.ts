import { systemClock } from '../std/clock.ts';
import { isObject, parseJson } from '../std/json.ts';

/** A gateway on this machine answers `/healthz` at once. */
const PROBE_TIMEOUT_MS = 2_000;

/** Does a gateway answer at this origin? Something else on this port is not one, and is sent no key. */
export async function gatewayAnswers(url: string): Promise<boolean> {
  const abort = new AbortController();
  const cancel = systemClock.setTimer(PROBE_TIMEOUT_MS, () => abort.abort());
  try {
    const response = await fetch(`${url}/healthz`, { redirect: 'error', signal: abort.signal });
    const body = parseJson(await response.text());
    return response.status === 200 && isObject(body) && body['status'] === 'alive';
  } catch {
    return false;
  } finally {
    cancel();
  }
}
