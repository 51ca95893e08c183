// The container's JSON Schema, in the language of the page: what the forms are made of, and what the JSON editor completes.

import { language } from "../i18n";
import type { Json, JsonObject } from "../document/text";

export interface Schema {
  type?: string | string[];
  description?: string;
  enum?: Json[];
  enumDescriptions?: string[];
  default?: Json;
  examples?: Json[];
  required?: string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  $ref?: string;
  definitions?: Record<string, Schema>;
}

let loaded = $state.raw<{ language: string; schema: Schema } | null>(null);
let asking: { language: string; done: Promise<void> } | null = null;

async function fetched(wanted: string): Promise<void> {
  const answer = await fetch(`/container.schema.json?lang=${wanted}`).then((response) => (response.ok ? (response.json() as Promise<Schema>) : null), () => null);
  asking = null;
  if (answer) loaded = { language: wanted, schema: answer };
}

function load(wanted: string): Promise<void> {
  if (asking?.language !== wanted) asking = { language: wanted, done: fetched(wanted) };
  return asking.done;
}

/** The schema, once it is there. */
export function containerSchema(): Schema | null {
  const wanted = language();
  if (loaded?.language !== wanted) void load(wanted);
  return loaded?.schema ?? null;
}

/** The same for who waits: whoever types the first word is not to miss what it could be. */
export async function schemaReady(): Promise<Schema | null> {
  const wanted = language();
  if (loaded?.language !== wanted) await load(wanted);
  return loaded?.schema ?? null;
}

/** A schema with what it refers to in its place; its own words win. */
export function resolved(root: Schema, schema: Schema | undefined): Schema {
  if (!schema?.$ref) return schema ?? {};
  const name = schema.$ref.replace("#/definitions/", "");
  const whole = { ...resolved(root, root.definitions?.[name]), ...schema };
  delete whole.$ref;
  return whole;
}

/** The schema of what stands at a place of a document. */
export function schemaAt(root: Schema, path: (string | number)[]): Schema {
  let schema: Schema = root;
  for (const part of path) {
    const here = alternatives(root, schema);
    const next = typeof part === "number"
      ? here.find((one) => one.items)?.items
      : here.map((one) => child(one, part)).find((one) => one !== undefined);
    if (!next) return {};
    schema = resolved(root, next);
  }
  return schema;
}

/** A schema and those that it offers to choose from. */
export function alternatives(root: Schema, schema: Schema): Schema[] {
  const own = resolved(root, schema);
  return [own, ...[...(own.anyOf ?? []), ...(own.oneOf ?? [])].flatMap((one) => alternatives(root, one))];
}

function child(schema: Schema, name: string): Schema | undefined {
  const own = schema.properties?.[name];
  if (own) return own;
  const pattern = Object.entries(schema.patternProperties ?? {}).find(([text]) => new RegExp(text).test(name));
  if (pattern) return pattern[1];
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** The key of an object that says which kind it is, such as `click` of a trigger. */
export function kindOf(kinds: string[], value: JsonObject): string {
  return Object.keys(value).find((key) => kinds.includes(key)) ?? "";
}

/** Kinds of a definition: each of its alternatives requires one. */
export const kindsOf = (schema: Schema): string[] => (schema.oneOf ?? []).flatMap((one) => one.required ?? []);
