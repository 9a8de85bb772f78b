import type { TemplatesView, TemplateView } from '../../contracts/library.ts';
import { isoTime } from '../../std/clock.ts';
import type { TemplatesWire, TemplateWire } from './schemas/templates.ts';

/** A template. */
export function encodeTemplate({ ratio: _, makes, qualities, activatedAt, ...template }: TemplateView): TemplateWire {
  return {
    ...template,
    makes,
    qualities: makes === 'video' ? [...qualities] : [],
    activatedAt: activatedAt === null ? null : isoTime(activatedAt),
  };
}

/** The list, with what is left of the month. */
export function encodeTemplates({ templates, activations }: TemplatesView): TemplatesWire {
  return { templates: templates.map(encodeTemplate), activations };
}
