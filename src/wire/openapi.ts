/** What the OpenAPI documents of the dialects are made with. */
import { z } from 'zod';
import type { JsonObject } from '../std/json.ts';

/** A schema as JSON Schema, as senders see it. */
export function schemaOf(schema: z.ZodType): JsonObject {
  return bare(z.toJSONSchema(schema, { io: 'input', override: tidy }) as unknown as JsonObject);
}

/** Schemas by the names they get below `components`; where one is part of another, it is referred to by its name. */
export function componentsOf(schemas: Readonly<Record<string, z.ZodType>>): Record<string, JsonObject> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: 'input', uri: refTo, override: tidy });
  const entries = Object.entries(made.schemas as unknown as Record<string, JsonObject>);
  return Object.fromEntries(entries.map(([id, schema]) => [id, bare(schema)]));
}

/** Where a component is. */
export const refTo = (name: string): string => `#/components/schemas/${name}`;

/** The members of an object's schema as parameters of a query. */
export function queryParameters(schema: z.ZodType): JsonObject[] {
  const { properties = {}, required = [] } = schemaOf(schema) as { properties?: JsonObject; required?: string[] };
  return Object.entries(properties).map(([name, member]) => {
    const { description, ...rest } = member as JsonObject;
    return {
      name,
      in: 'query',
      ...(required.includes(name) ? { required: true } : {}),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

/** Takes out what says nothing to a reader: limits of the number type, and patterns of what a type or a format says. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.type === 'integer' || jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

function bare({ $schema: _schema, $id: _id, ...rest }: JsonObject): JsonObject {
  return rest;
}
