import type { FastifyInstance } from 'fastify';
import { given } from '../../std/json.ts';
import {
  encodeAudit,
  encodeEntries,
  encodeGrant,
  encodeKey,
  encodePool,
  encodeStatement,
  encodeTenant,
} from '../../wire/native/admin-encode.ts';
import {
  type AuditWire,
  auditQuerySchema,
  type EntriesWire,
  entriesQuerySchema,
  type GrantsWire,
  type GrantWire,
  grantAdjustSchema,
  grantOrderSchema,
  grantsQuerySchema,
  type KeysWire,
  type KeyWire,
  keyChangeSchema,
  keyOrderSchema,
  keysQuerySchema,
  type NewKeyWire,
  type PoolsWire,
  type PoolWire,
  poolChangeSchema,
  poolOrderSchema,
  type StatementWire,
  type TenantsWire,
  type TenantWire,
  tenantChangeSchema,
  tenantOrderSchema,
} from '../../wire/native/admin-schemas.ts';
import { encodeBalance } from '../../wire/native/encode.ts';
import { readWire } from '../../wire/native/read.ts';
import type { BalanceWire } from '../../wire/native/schemas.ts';
import type { DoorContext } from '../context.ts';
import { enter, enterWith, idOf, onceOf } from './enter.ts';

type ById = { Params: { id: string } };

/** The routes for tenants, keys, credits, pools, the ledger and the audit log. The façade checks roles. */
export function mountAdmin(app: FastifyInstance, context: DoorContext): void {
  mountTenants(app, context);
  mountKeys(app, context);
  mountGrants(app, context);
  mountPools(app, context);
  mountBooks(app, context);
}

function mountTenants(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/tenants', async (request): Promise<TenantsWire> => {
    const { who } = await enter(context, request);
    return { tenants: (await gateway.tenants(who)).map(encodeTenant) };
  });
  app.post('/tenants', async (request, reply): Promise<TenantWire> => {
    const { who } = await enter(context, request);
    const tenant = await gateway.addTenant(who, readWire(tenantOrderSchema, request.body), onceOf(request));
    reply.code(201);
    return encodeTenant(tenant);
  });
  app.get<ById>('/tenants/:id', async (request): Promise<TenantWire> => {
    const { who } = await enter(context, request);
    return encodeTenant(await gateway.tenant(who, idOf(request.params.id, 'tenant')));
  });
  app.patch<ById>('/tenants/:id', async (request): Promise<TenantWire> => {
    const { who } = await enter(context, request);
    const id = idOf(request.params.id, 'tenant');
    const change = given(readWire(tenantChangeSchema, request.body));
    return encodeTenant(await gateway.changeTenant(who, id, change, onceOf(request)));
  });
  app.get<ById>('/tenants/:id/balance', async (request): Promise<BalanceWire> => {
    const { who } = await enter(context, request);
    return encodeBalance(await gateway.balanceOf(who, idOf(request.params.id, 'tenant')));
  });
}

function mountKeys(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/keys', async (request): Promise<KeysWire> => {
    const { who, query } = await enterWith(context, request, keysQuerySchema);
    const filter = query.tenant === undefined ? undefined : { tenantId: query.tenant };
    return { keys: (await gateway.keys(who, filter)).map(encodeKey) };
  });
  app.post('/keys', async (request, reply): Promise<NewKeyWire> => {
    const { who } = await enter(context, request);
    const order = given(readWire(keyOrderSchema, request.body));
    const { key, secret } = await gateway.createKey(who, order, onceOf(request));
    reply.code(201).header('cache-control', 'no-store');
    return { key: encodeKey(key), secret };
  });
  app.get<ById>('/keys/:id', async (request): Promise<KeyWire> => {
    const { who } = await enter(context, request);
    return encodeKey(await gateway.key(who, idOf(request.params.id, 'key')));
  });
  app.patch<ById>('/keys/:id', async (request): Promise<KeyWire> => {
    const { who } = await enter(context, request);
    const id = idOf(request.params.id, 'key');
    const change = given(readWire(keyChangeSchema, request.body));
    return encodeKey(await gateway.changeKey(who, id, change, onceOf(request)));
  });
  app.delete<ById>('/keys/:id', async (request): Promise<KeyWire> => {
    const { who } = await enter(context, request);
    return encodeKey(await gateway.revokeKey(who, idOf(request.params.id, 'key'), onceOf(request)));
  });
}

function mountGrants(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/grants', async (request): Promise<GrantsWire> => {
    const { who, query } = await enterWith(context, request, grantsQuerySchema);
    return { grants: (await gateway.grants(who, query.tenant)).map(encodeGrant) };
  });
  app.post('/grants', async (request, reply): Promise<GrantWire> => {
    const { who } = await enter(context, request);
    const grant = await gateway.give(who, readWire(grantOrderSchema, request.body), onceOf(request));
    reply.code(201);
    return encodeGrant(grant);
  });
  app.post<ById>('/grants/:id/adjust', async (request): Promise<GrantWire> => {
    const { who } = await enter(context, request);
    const id = idOf(request.params.id, 'grant');
    const change = readWire(grantAdjustSchema, request.body);
    return encodeGrant(await gateway.adjustGrant(who, id, change, onceOf(request)));
  });
}

function mountPools(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/pools', async (request): Promise<PoolsWire> => {
    const { who } = await enter(context, request);
    return { pools: (await gateway.pools(who)).map(encodePool) };
  });
  app.post('/pools', async (request, reply): Promise<PoolWire> => {
    const { who } = await enter(context, request);
    const pool = await gateway.addPool(who, readWire(poolOrderSchema, request.body), onceOf(request));
    reply.code(201);
    return encodePool(pool);
  });
  app.get<ById>('/pools/:id', async (request): Promise<PoolWire> => {
    const { who } = await enter(context, request);
    return encodePool(await gateway.pool(who, idOf(request.params.id, 'pool')));
  });
  app.patch<ById>('/pools/:id', async (request): Promise<PoolWire> => {
    const { who } = await enter(context, request);
    const id = idOf(request.params.id, 'pool');
    const change = given(readWire(poolChangeSchema, request.body));
    return encodePool(await gateway.changePool(who, id, change, onceOf(request)));
  });
  app.delete<ById>('/pools/:id', async (request): Promise<PoolWire> => {
    const { who } = await enter(context, request);
    return encodePool(await gateway.removePool(who, idOf(request.params.id, 'pool'), onceOf(request)));
  });
}

function mountBooks(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/ledger/entries', async (request): Promise<EntriesWire> => {
    const { who, query } = await enterWith(context, request, entriesQuerySchema);
    const { tenant, before, limit } = query;
    return encodeEntries(await gateway.entries(who, given({ tenantId: tenant, before, limit })));
  });
  app.get<ById>('/jobs/:id/statement', async (request): Promise<StatementWire> => {
    const { who } = await enter(context, request);
    return encodeStatement(await gateway.statement(who, idOf(request.params.id, 'job')));
  });
  app.get('/audit', async (request): Promise<AuditWire> => {
    const { who, query } = await enterWith(context, request, auditQuerySchema);
    return encodeAudit(await gateway.auditLog(who, given(query)), query.limit);
  });
}
