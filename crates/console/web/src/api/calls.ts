// Every call is kept, so that it can be shown as `curl`.
import { signal } from "@preact/signals";

export interface Call {
  number: number;
  method: string;
  url: string;
  headers: [string, string][];
  body: string | null;
  status: number | null;
  milliseconds: number | null;
  at: number;
}

const KEPT = 60;
// Values of these fields never leave the form that they were written in.
const SECRET = /^(password|current_password|new_password|code|token|mfa_token|refresh_token|secret|secrets)$/;
const SHOWN_HEADERS = /^(content-type|if-match|idempotency-key|tus-resumable|upload-(offset|length|metadata)|accept|range|prefer)$/;

/** Forgets the calls of whoever was signed in. */
export function forgetCalls(): void {
  calls.value = [];
}

export const calls = signal<readonly Call[]>([]);
let counter = 0;

function masked(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (key, value: unknown) => (SECRET.test(key) && typeof value === "string" ? "***" : value));
  } catch {
    return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
  }
}

export function begin(method: string, url: string, headers: Headers, body: unknown): Call {
  const call: Call = {
    number: (counter += 1),
    method,
    url,
    headers: [...headers].filter(([name]) => SHOWN_HEADERS.test(name)),
    body: typeof body === "string" ? masked(body) : body instanceof FormData ? "form" : body ? "binary" : null,
    status: null,
    milliseconds: null,
    at: Date.now(),
  };
  calls.value = [call, ...calls.peek()].slice(0, KEPT);
  return call;
}

export function end(call: Call, status: number | null): void {
  const done = { ...call, status, milliseconds: Date.now() - call.at };
  calls.value = calls.peek().map((one) => (one.number === call.number ? done : one));
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function curl(call: Pick<Call, "method" | "url" | "headers" | "body">, signedIn = true): string {
  const parts = [`curl${call.method === "GET" ? "" : ` -X ${call.method}`} ${quote(new URL(call.url, location.origin).href)}`];
  if (signedIn) parts.push(`-H "Authorization: Bearer $TOKEN"`);
  const isForm = call.body === "form";
  for (const [name, value] of call.headers) {
    if (!(isForm && name === "content-type")) parts.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  if (isForm) parts.push("-F file=@FILE");
  else if (call.body === "binary") parts.push("--data-binary @FILE");
  else if (call.body !== null) parts.push(`-d ${quote(call.body)}`);
  return parts.join(" \\\n  ");
}
