// One request with all that belongs to it: tokens and their refresh, retries, idempotency keys, pages, events.

import { ApiError, errorOf, NetworkError, NotModified, Unauthorized } from "./errors.js";
import { EventStream } from "./events.js";
import type { Pagination, RefreshTokens, Tokens } from "./models.js";
import { sleep } from "./sleep.js";

// A longer wait is left to the caller.
const LONGEST_WAIT_MS = 60_000;

export interface ClientOptions {
  /** `http://localhost:8080` when not given. */
  baseUrl?: string | undefined;
  /** A personal access token. */
  token?: string | undefined;
  /** The tokens of an earlier session. */
  tokens?: Tokens | undefined;
  /** Called with each new pair (undefined after a sign-out), so that the program can keep it. */
  onTokens?: ((tokens: Tokens | undefined) => void) | undefined;
  /** For the beginning of an answer; 30 000 when not given. */
  timeoutMs?: number | undefined;
  /** How often a request is repeated that may be repeated; 4 when not given. */
  retries?: number | undefined;
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

type Value = string | number | boolean | undefined;

/** A request. `keyed`: the operation takes an `Idempotency-Key`, so each call gets one. */
export interface Call {
  method: string;
  path: string;
  query?: Record<string, Value>;
  headers?: Record<string, Value>;
  json?: unknown;
  form?: object;
  content?: Blob | string;
  mediaType?: string;
  keyed?: boolean;
  anonymous?: boolean;
  options?: CallOptions;
}

/** An answer: `data` is what the envelope held. */
export class Reply<T> {
  constructor(
    readonly data: T,
    readonly status: number,
    readonly headers: Headers,
  ) {}

  /** For `if_match` and `if_none_match`. */
  get etag(): string | undefined {
    return this.headers.get("etag") ?? undefined;
  }

  /** The path of what was created, or where a redirect leads. */
  get location(): string | undefined {
    return this.headers.get("location") ?? undefined;
  }

  /** True when the server answered from an earlier request with this idempotency key. */
  get replayed(): boolean {
    return this.headers.get("idempotency-replayed") === "true";
  }
}

/** One page of a list. */
export class Page<T> extends Reply<T[]> {
  constructor(
    data: T[],
    status: number,
    headers: Headers,
    readonly pagination: Pagination,
  ) {
    super(data, status, headers);
  }

  /** The `cursor` of the next page; undefined on the last one, and where pages are numbered. */
  get nextCursor(): string | undefined {
    return "next_cursor" in this.pagination ? (this.pagination.next_cursor ?? undefined) : undefined;
  }
}

export function segment(value: string | number): string {
  return encodeURIComponent(value);
}

/** Sends calls. */
export abstract class Transport {
  readonly baseUrl: string;
  private readonly token: string | undefined;
  private readonly onTokens: ((tokens: Tokens | undefined) => void) | undefined;
  private readonly timeoutMs: number;
  private readonly retries: number;
  private readonly fetch: typeof globalThis.fetch;
  private current: Tokens | undefined;
  private refreshing: Promise<void> | undefined;

  constructor(options: ClientOptions = {}) {
    this.baseUrl = (options.baseUrl ?? "http://localhost:8080").replace(/\/+$/, "");
    this.token = options.token;
    this.current = options.tokens;
    this.onTokens = options.onTokens;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.retries = options.retries ?? 4;
    this.fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** The pair in use, while signed in. */
  get tokens(): Tokens | undefined {
    return this.current;
  }

  protected setTokens(tokens: Tokens | undefined): void {
    this.current = tokens;
    this.onTokens?.(tokens);
  }

  /** Replaces the pair whose access token was `used`; of several callers one asks, the others wait for it. */
  private async refresh(used: string): Promise<void> {
    if (this.current?.access_token !== used) return this.refreshing;
    this.refreshing ??= this.replaceTokens(this.current).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async replaceTokens({ refresh_token }: Tokens): Promise<void> {
    // Without one, a cookie of the browser keeps it.
    const json: RefreshTokens = refresh_token === undefined ? { session: "cookie" } : { refresh_token };
    try {
      const reply = await this.data<Tokens>({ method: "POST", path: "/api/v1/auth/refresh", json, anonymous: true });
      this.setTokens(reply.data);
    } catch (error) {
      // The session has ended; the pair is of no more use.
      if (error instanceof Unauthorized) this.setTokens(undefined);
      throw error;
    }
  }

  private async once(call: Call, headers: Headers): Promise<Response> {
    const url = new URL(this.baseUrl + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const signal = call.options?.signal;
    signal?.throwIfAborted();
    // Only until the answer begins: a download or a stream may take longer.
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new Error(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
    try {
      const { fetch } = this;
      return await fetch(url, {
        method: call.method,
        headers,
        body: bodyOf(call),
        redirect: "manual",
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
      });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new NetworkError(`${call.method} ${call.path}: ${String(cause)}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends the call, again where that is safe, and throws what isn't a success. */
  protected async send(call: Call): Promise<Response> {
    return (await this.receive(call, async () => undefined)).response;
  }

  /** As `send`; `read` takes the body, and a connection that breaks meanwhile is a failed try as well. */
  private async receive<T>(
    call: Call,
    read: (response: Response) => Promise<T>,
  ): Promise<{ response: Response; body: T }> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) headers.set(name, String(value));
    }
    if (call.json !== undefined) headers.set("Content-Type", "application/json");
    if (call.mediaType) headers.set("Content-Type", call.mediaType);
    // One key for all tries, so that only one of them has an effect.
    if (call.keyed && !headers.has("Idempotency-Key")) headers.set("Idempotency-Key", crypto.randomUUID());
    const repeatable = call.method === "GET" || call.keyed === true;
    let refreshed = false;
    for (let tries = 0; ; ) {
      const token = call.anonymous ? undefined : (this.token ?? this.current?.access_token);
      if (token) headers.set("Authorization", `Bearer ${token}`);
      let error: ApiError | NetworkError;
      try {
        const response = await this.once(call, headers);
        if (response.status === 304) throw new NotModified("not modified");
        if (response.ok || (response.status < 400 && response.headers.has("location"))) {
          return { response, body: await broken(call, read(response)) };
        }
        error = await errorOf(response);
      } catch (failure) {
        if (!(failure instanceof NetworkError)) throw failure;
        error = failure;
      }
      const expired = error instanceof ApiError && error.code === "auth.token_expired";
      if (expired && token && this.current && !refreshed) {
        refreshed = true;
        await this.refresh(token);
        continue;
      }
      const { status, wait } = judge(error, tries);
      const again = status === 429 || ((status === 503 || status === 0) && repeatable);
      if (!again || tries >= this.retries || wait > LONGEST_WAIT_MS) throw error;
      await sleep(wait, call.options?.signal);
      tries += 1;
    }
  }

  // What the generated methods return, by the kind of answer.

  protected async data<T>(call: Call): Promise<Reply<T>> {
    const { response, body } = await this.receive(call, (answer) => answer.json() as Promise<{ data: T }>);
    return new Reply(body.data, response.status, response.headers);
  }

  protected async page<T>(call: Call): Promise<Page<T>> {
    type Envelope = { data: T[]; pagination: Pagination };
    const { response, body } = await this.receive(call, (answer) => answer.json() as Promise<Envelope>);
    return new Page(body.data, response.status, response.headers, body.pagination);
  }

  protected async json<T>(call: Call): Promise<Reply<T>> {
    const { response, body } = await this.receive(call, (answer) => answer.json() as Promise<T>);
    return new Reply(body, response.status, response.headers);
  }

  protected async text(call: Call): Promise<Reply<string>> {
    const { response, body } = await this.receive(call, (answer) => answer.text());
    return new Reply(body, response.status, response.headers);
  }

  protected async bytes(call: Call): Promise<Reply<Blob>> {
    const { response, body } = await this.receive(call, (answer) => answer.blob());
    return new Reply(body, response.status, response.headers);
  }

  protected async none(call: Call): Promise<Reply<void>> {
    const { response } = await this.receive(call, async (answer) => answer.body?.cancel());
    return new Reply(undefined, response.status, response.headers);
  }

  protected async *all<T>(read: (cursor: string) => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const page: Page<T> = await read(cursor);
      yield* page.data;
      cursor = page.nextCursor;
    }
  }

  protected events(call: Call): EventStream {
    const connect = (lastId: string, signal: AbortSignal) =>
      this.send({
        ...call,
        headers: { ...call.headers, "Last-Event-ID": lastId || undefined },
        options: { signal: call.options?.signal ? AbortSignal.any([signal, call.options.signal]) : signal },
      });
    return new EventStream(connect, String(call.headers?.["Last-Event-ID"] ?? ""));
  }
}

async function broken<T>(call: Call, body: Promise<T>): Promise<T> {
  try {
    return await body;
  } catch (cause) {
    throw new NetworkError(`${call.method} ${call.path}: the answer broke off`, { cause });
  }
}

/** The status, 0 for no answer, and how long to wait before the next try. */
function judge(error: ApiError | NetworkError, tries: number): { status: number; wait: number } {
  // Spread, so that many clients don't return in the same moment.
  const pause = 200 * 2 ** tries * (0.5 + Math.random());
  if (error instanceof NetworkError) return { status: 0, wait: pause };
  return { status: error.status, wait: error.retryAfter === undefined ? pause : error.retryAfter * 1000 };
}

function bodyOf(call: Call): FormData | Blob | string | null {
  if (call.json !== undefined) return JSON.stringify(call.json);
  if (!call.form) return call.content ?? null;
  const form = new FormData();
  // Files last, so that the server knows what they are for before it reads them.
  const fields: [string, unknown][] = Object.entries(call.form);
  for (const [name, value] of fields.sort((a, b) => Number(a[1] instanceof Blob) - Number(b[1] instanceof Blob))) {
    if (value instanceof Blob) form.append(name, value);
    else if (value !== undefined && value !== null) form.append(name, String(value));
  }
  return form;
}
