// Reads the OpenAPI document that the server shows, as far as forms need it.
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: (string | number)[];
  const?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  example?: unknown;
  examples?: unknown[];
  default?: unknown;
  description?: string;
  format?: string;
  minimum?: number;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
  $ref?: string;
}

interface Media {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value?: unknown }>;
}

export interface Document {
  paths: Record<string, Record<string, RawOperation>>;
  components: Record<string, Record<string, unknown>>;
}

interface RawOperation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { $ref?: string; required?: boolean; content?: Record<string, Media> };
  "x-permission"?: string;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  tag: string;
  permission: string;
  parameters: Parameter[];
  body: { type: string; schema: Schema; example: unknown; required: boolean } | null;
  bodyTypes: string[];
}

const METHODS = ["get", "post", "put", "patch", "delete", "head"];

export function resolve<T extends { $ref?: string }>(document: Document, value: T): T {
  if (!value.$ref) return value;
  const [, , kind = "", name = ""] = value.$ref.split("/");
  return resolve(document, (document.components[kind]?.[name] ?? {}) as T);
}

/** A value that fits a schema: its example, or the least that its fields need. */
export function exampleOf(document: Document, given: Schema, depth = 0): unknown {
  const schema = resolve(document, given);
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum?.length) return schema.enum[0];
  if (depth > 6) return null;
  const all = schema.allOf?.map((part) => exampleOf(document, part, depth + 1));
  if (all) return Object.assign({}, ...all.map((part) => (part && typeof part === "object" ? part : {})));
  const some = schema.oneOf ?? schema.anyOf;
  if (some?.length) return exampleOf(document, some.find((one) => one.type !== "null") ?? (some[0] as Schema), depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "object": return Object.fromEntries(Object.entries(schema.properties ?? {})
      .filter(([name]) => depth === 0 || schema.required?.includes(name))
      .map(([name, part]) => [name, exampleOf(document, part, depth + 1)]));
    case "array": return schema.items ? [exampleOf(document, schema.items, depth + 1)] : [];
    case "integer": case "number": return schema.minimum ?? 1;
    case "boolean": return true;
    case "string": return schema.format === "date" ? "2026-01-31" : schema.format === "date-time" ? "2026-01-31T09:00:00Z" : "text";
    default: return null;
  }
}

export function operationsOf(document: Document): Operation[] {
  const found: Operation[] = [];
  for (const [path, item] of Object.entries(document.paths)) {
    const shared = (item as unknown as { parameters?: Parameter[] }).parameters ?? [];
    for (const method of METHODS) {
      const raw = item[method];
      if (!raw) continue;
      const content = raw.requestBody ? resolve(document, raw.requestBody).content ?? {} : {};
      const types = Object.keys(content);
      const type = types.find((one) => one === "application/json") ?? types[0];
      const media = type === undefined ? undefined : content[type];
      found.push({
        id: raw.operationId,
        method: method.toUpperCase(),
        path,
        summary: raw.summary ?? path,
        description: raw.description ?? "",
        tag: raw.tags?.[0] ?? "",
        permission: raw["x-permission"] ?? "",
        parameters: [...shared, ...(raw.parameters ?? [])].map((one) => resolve(document, one)),
        bodyTypes: types,
        body: type === undefined || !media ? null : {
          type,
          schema: resolve(document, media.schema ?? {}),
          example: media.example ?? Object.values(media.examples ?? {})[0]?.value ?? exampleOf(document, media.schema ?? {}),
          required: raw.requestBody?.required ?? false,
        },
      });
    }
  }
  return found;
}

export interface Filled {
  url: string;
  headers: Record<string, string>;
}

/** The address and headers of a call, from what the form holds; empty parameters are left out. */
export function fill(operation: Operation, values: Record<string, string>): Filled {
  let url = operation.path;
  const search = new URLSearchParams();
  const headers: Record<string, string> = {};
  for (const { name, in: where } of operation.parameters) {
    const value = values[`${where}:${name}`]?.trim() ?? "";
    if (where === "path") url = url.replace(`{${name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (where === "query") search.set(name, value);
    else headers[name] = value;
  }
  const text = search.toString();
  return { url: url + (text && `?${text}`), headers };
}
