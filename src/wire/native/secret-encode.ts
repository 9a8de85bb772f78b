import type { RotationView, SecretsView } from '../../contracts/secrets.ts';
import type { RotationWire, SecretsWire } from './schemas/secrets.ts';

/** The wire form of a status. */
export function encodeSecrets(view: SecretsView): SecretsWire {
  const { source, sealing, wanted, waitingFor, left } = view;
  const keys = view.keys.map(({ keyId, known, sealed }) => ({
    id: keyId,
    known,
    accounts: sealed.account,
    webhooks: sealed.webhook,
    answers: sealed.answer,
    others: sealed.gateway,
  }));
  return { source, sealing, wanted, keys, waitingFor: [...waitingFor], left };
}

/** The wire form of a step. */
export function encodeRotation(view: RotationView): RotationWire {
  return { ...encodeSecrets(view), done: view.done, unreadable: view.unreadable.map((one) => ({ ...one })) };
}
