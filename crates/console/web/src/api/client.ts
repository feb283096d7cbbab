// The API with the types of its document.
import createClient from "openapi-fetch";
import { recorded } from "./http";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: location.origin, fetch: recorded });

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The body of a call that succeeded; a failure is thrown as the problem that the API answered. */
export async function ok<A extends Answer>(call: Promise<A>): Promise<Exclude<A["data"], undefined>> {
  const { data, error, response } = await call;
  if (!response.ok || error !== undefined) {
    throw await problemOf(new Response(JSON.stringify(error ?? {}), { status: response.status, headers: response.headers }));
  }
  return data as Exclude<A["data"], undefined>;
}

/** The same, with the `ETag` that a later change presents. */
export async function tagged<A extends Answer>(call: Promise<A>): Promise<{ body: Exclude<A["data"], undefined>; etag: string }> {
  const answer = await call;
  const body = await ok(Promise.resolve(answer));
  return { body: body as Exclude<A["data"], undefined>, etag: answer.response.headers.get("etag") ?? "" };
}

export function key(): string {
  return crypto.randomUUID();
}
