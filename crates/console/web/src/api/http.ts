// One `fetch` for all calls: it adds the token, keeps the call for the curl drawer, refreshes the session once on 401 and
// notices when the connection is lost.
import { signal } from "@preact/signals";
import { begin, end } from "./calls";
import { ApiError, OfflineError, problemOf } from "./problem";

/** Whether the last call got an answer. */
export const online = signal(true);

let token = "";
let renew: () => Promise<boolean> = async () => false;

export function setToken(next: string): void {
  token = next;
}

export function hasToken(): boolean {
  return token !== "";
}

/** How an expired token is replaced; `api/session` knows. */
export function onExpired(how: () => Promise<boolean>): void {
  renew = how;
}

const back = new Set<() => void>();

/** Runs when the server answers again after it did not. */
export function onBack(does: () => void): () => void {
  back.add(does);
  return () => back.delete(does);
}

let probing = false;

async function probe(): Promise<void> {
  if (probing) return;
  probing = true;
  for (let pause = 1000; !online.peek(); pause = Math.min(pause * 1.5, 8000)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const response = await fetch("/health", { cache: "no-store" });
      if (response.ok) online.value = true;
    } catch { /* still away */ }
  }
  probing = false;
  for (const does of back) does();
}

export function lost(): void {
  online.value = false;
  void probe();
}

async function once(request: Request, body: unknown, isKept: boolean): Promise<Response> {
  const sent = new Request(request, { credentials: "same-origin" });
  if (token && !sent.headers.has("authorization")) sent.headers.set("authorization", `Bearer ${token}`);
  const call = isKept ? begin(sent.method, sent.url, sent.headers, body) : null;
  try {
    const response = await fetch(sent);
    if (call) end(call, response.status);
    return response;
  } catch (fault) {
    if (call) end(call, null);
    if (request.signal.aborted) throw fault;
    lost();
    throw new OfflineError(String(fault));
  }
}

/** Sends a request; `body` is given beside it because the body of a `Request` can be read only once. */
export async function send(request: Request, body: unknown = null, isKept = true): Promise<Response> {
  const spare = request.clone();
  const used = token;
  const response = await once(request, body, isKept);
  if (response.status !== 401 || !used) return response;
  if (token === used && !(await renew())) return response;
  return once(spare, body, isKept);
}

/** Bytes that the page shows, such as thumbnails: too many to be kept as calls. */
export async function blob(url: string, signal: AbortSignal): Promise<Blob> {
  const response = await send(new Request(url, { signal }), null, false);
  if (!response.ok) throw await problemOf(response);
  return response.blob();
}

/** For `openapi-fetch`: the body is text or a form, which is read from a copy for the record. */
export async function recorded(request: Request): Promise<Response> {
  const type = request.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await request.clone().text() : type.startsWith("multipart/") ? new FormData() : null;
  return send(request, body);
}

export interface Options {
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A call by hand: for what the generated types do not cover. */
export async function raw(method: string, url: string, json?: unknown, options: Options = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  const isPlain = json === undefined || json instanceof Blob || json instanceof FormData || typeof json === "string";
  const body = isPlain ? (json as BodyInit | undefined) : JSON.stringify(json);
  if (!isPlain) headers.set("content-type", "application/json");
  const request = new Request(url, { method, headers, ...(body !== undefined && { body }), ...(options.signal && { signal: options.signal }) });
  const response = await send(request, body ?? null);
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The `data` of an answer. */
export async function data<T>(method: string, url: string, json?: unknown, options: Options = {}): Promise<T> {
  const response = await raw(method, url, json, options);
  const answer = (await response.json()) as { data: T };
  return answer.data;
}

export { ApiError, OfflineError };
