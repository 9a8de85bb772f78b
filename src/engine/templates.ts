/**
 * Templates a tenant may use: those that are open to all, and those it has activated. An activation stays; how many a
 * tenant may make in a month is the catalog's (decisions/0006-templates.md).
 */
import type { ActivationOrder, ActivationRow, Library, TemplateView } from '../contracts/library.ts';
import type { Op, Statements } from '../contracts/store.ts';
import type { Principal } from '../contracts/views.ts';
import { monthName, monthlyPeriod } from '../core/calendar.ts';
import type { JobRequest } from '../core/request.ts';
import type { Template } from '../core/template.ts';
import { Refusal, refuse } from '../std/errors.ts';
import { changeOnce } from './admin/administer.ts';
import type { Engine } from './context.ts';

type TemplateMethods = Pick<Library, 'templates' | 'activateTemplate' | 'templateTable'>;

/** The templates of one engine's tenants. */
export function templateMethods(engine: Engine): TemplateMethods {
  const { templates, activationsPerMonth: limit } = engine.catalog;
  return {
    templateTable: templates,
    async templates(who, filter = {}) {
      const tenantId = tenantFor(who, filter.tenantId);
      const month = monthName(engine.effects.clock.now());
      const rows = await engine.store.read(function* (q) {
        yield* checkTenant(q, tenantId);
        return yield* q.templates.activated(tenantId);
      });
      const activations = new Map(rows.map((row) => [row.templateId, row]));
      const used = rows.filter((row) => row.month === month).length;
      return {
        templates: templates.map((template) => viewOf(template, activations.get(template.id))),
        activations: { month, used, limit },
      };
    },
    activateTemplate: (who, order, once) => activate(engine, who, order, once),
  };
}

function activate(
  engine: Engine,
  who: Principal,
  { templateId, tenantId: other }: ActivationOrder,
  once: Parameters<TemplateMethods['activateTemplate']>[2],
): Promise<TemplateView> {
  const { templates, activationsPerMonth: limit } = engine.catalog;
  const tenantId = tenantFor(who, other);
  const template = templates.find(({ id }) => id === templateId) ?? refuseUnknown(templateId);
  return changeOnce(engine, who, 'template.activate', once, function* (q, now) {
    yield* checkTenant(q, tenantId);
    const find = function* (): Op<TemplateView> {
      const rows = yield* q.templates.activated(tenantId);
      return viewOf(
        template,
        rows.find((row) => row.templateId === templateId),
      );
    };
    const before = yield* find();
    const month = monthName(now);
    if (!before.active && !(yield* q.templates.activate({ tenantId, templateId, month, createdAt: now }, limit))) {
      throw usedUp(limit, now);
    }
    const answer = yield* find();
    const told = ({ active }: TemplateView) => ({ tenantId, active });
    const was = before.active ? told(before) : null;
    return { answer, subject: `template:${templateId}`, before: was, after: told(answer) };
  });
}

/** Refuses a request for a template that the tenant has not activated. */
export function* checkTemplate(engine: Engine, q: Statements, who: Principal, request: JobRequest): Op<void> {
  const id = request.options?.templateId;
  if (id === undefined || engine.catalog.templates.some((template) => template.id === id && template.open)) return;
  if (yield* q.templates.isActivated(who.tenantId, id)) return;
  throw new Refusal('template_inactive', {
    message: `The template ${id} is not activated. Activate it first (POST /pool/v1/templates/${id}/activate), or leave it out.`,
  });
}

const viewOf = (template: Template, row: ActivationRow | undefined): TemplateView => ({
  ...template,
  active: template.open || row !== undefined,
  activatedAt: row?.createdAt ?? null,
});

function tenantFor(who: Principal, tenantId = who.tenantId): number {
  return tenantId === who.tenantId || who.role === 'admin'
    ? tenantId
    : refuse('permission_denied', { field: 'tenantId' });
}

function* checkTenant(q: Statements, tenantId: number): Op<void> {
  if (yield* q.tenants.get(tenantId)) return;
  refuse('not_found', {
    field: 'tenantId',
    message: `There is no tenant ${tenantId}. List the tenants to see their ids.`,
  });
}

function refuseUnknown(id: number): never {
  return refuse('not_found', {
    field: 'id',
    message: `There is no template ${id}. List the templates to see their ids.`,
  });
}

function usedUp(limit: number, now: number): Refusal {
  const next = new Date(monthlyPeriod(now, 1).endsAt).toISOString().slice(0, 10);
  return new Refusal('template_quota', {
    message: `${limit} templates were activated this month, which is all a month has (500060). Use one that is active, or wait until ${next} (UTC).`,
  });
}
