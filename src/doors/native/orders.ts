/** Orders of jobs as the gateway takes them. */
import type { Idempotency } from '../../contracts/administration.ts';
import type { Principal } from '../../contracts/views.ts';
import type { JobOrder } from '../../engine/gateway.ts';
import { Refusal } from '../../std/errors.ts';
import { nativeDialect } from '../../wire/native/dialect.ts';
import type { Reader } from '../../wire/native/encode.ts';
import { placeOf, wishOf } from '../../wire/native/order-encode.ts';
import { readWire } from '../../wire/native/read.ts';
import type { JobOrderWire } from '../../wire/native/schemas/orders.ts';
import { UPLOADS } from '../../wire/native/uploads.ts';
import { keepAddresses } from '../addresses.ts';
import type { DoorContext } from '../context.ts';

/** Who orders, and how. */
export interface Orderer {
  readonly who: Principal;
  readonly reader: Reader;
  readonly once: Idempotency | null;
}

/** What a job ordered in our words comes to; addresses among its inputs are refused, because nothing may be kept. */
export function readOrder({ gateway }: DoorContext, { reader }: Pick<Orderer, 'reader'>, body: JobOrderWire): JobOrder {
  const order = anyOrder(gateway, reader, body);
  const address = order.request.inputs.find(({ from }) => 'url' in from);
  if (address === undefined) return order;
  throw new Refusal('parameter_invalid', {
    field: address.field,
    message: `${address.field}: Nothing is fetched for a job that is only asked about, or for a plan. Upload it first, and name its assetId.`,
  });
}

/** The same, with its addresses fetched and kept. */
export async function keepOrder(
  { gateway }: DoorContext,
  { who, reader, once }: Orderer,
  body: JobOrderWire,
): Promise<JobOrder> {
  const order = anyOrder(gateway, reader, body);
  const request = await keepAddresses(gateway, who, order.request, () => UPLOADS, once);
  return { ...order, request, idempotency: once };
}

function anyOrder(gateway: DoorContext['gateway'], reader: Reader, body: JobOrderWire): JobOrder {
  const { draft, complete } = gateway.readWish(wishOf(body));
  const { webhookId } = body;
  return {
    dialect: nativeDialect.name,
    request: draft,
    idempotency: null,
    place: placeOf(body),
    ...(complete && { complete }),
    ...(webhookId !== undefined && { webhook: { id: webhookId, field: 'webhookId', origin: reader.origin } }),
  };
}

/** Each job of a plan as it is ordered, or why it cannot be. */
export async function readOrders(
  context: DoorContext,
  orderer: Pick<Orderer, 'reader'>,
  bodies: readonly unknown[],
): Promise<(JobOrder | Refusal)[]> {
  const { jobOrderSchema } = await import('../../wire/native/schemas/orders.ts');
  return bodies.map((body) => {
    try {
      return readOrder(context, orderer, readWire(jobOrderSchema, body));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  });
}
