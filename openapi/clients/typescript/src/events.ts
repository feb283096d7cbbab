// Server-Sent Events (WHATWG HTML §9.2) that survive broken connections.

import { NetworkError, ServerError } from "./errors.js";
import type { JsonObject } from "./models.js";
import { sleep } from "./sleep.js";

const LONGEST_PAUSE_MS = 30_000;
// The server sends a comment every 15 seconds; a stream that is silent for longer is dead.
const SILENCE_MS = 40_000;

/** `name` is such as `task.updated.v1`, `data` its envelope. */
export interface Event {
  id: string;
  name: string;
  data: JsonObject;
}

type Connect = (lastId: string, signal: AbortSignal) => Promise<Response>;

/**
 * Events as they happen. A connection that breaks is opened again behind the last event, so that no event is missed
 * or repeated. The stream ends with `close`, when a loop over it ends, or with an exception when the session has
 * ended.
 */
export class EventStream implements AsyncIterable<Event> {
  /** Done when the server has said where the stream begins: events count from then on. */
  readonly connected: Promise<void>;
  private readonly controller = new AbortController();
  private readonly iterator: AsyncGenerator<Event, void, undefined>;
  /** What the connection brings, while there is one: an event, or a block without one. */
  private blocks: AsyncGenerator<Event | undefined, void, undefined> | undefined;
  private pauseMs = 1000;

  /** `lastId`: where to go on, also in another process (`last_event_id` of the operation). */
  constructor(
    private readonly connect: Connect,
    public lastId: string,
  ) {
    // The first block has the id to resume from, should the connection break before the first event.
    this.connected = this.open().then(async (blocks) => {
      const first = await blocks.next();
      this.blocks = first.value ? restored(first.value, blocks) : blocks;
    });
    // A reader gets the failure; without a reader it would be an unhandled rejection.
    this.connected.catch(() => {});
    this.iterator = this.run();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    return this.iterator;
  }

  /** The next event. */
  async next(): Promise<IteratorResult<Event, void>> {
    return this.iterator.next();
  }

  close(): void {
    this.controller.abort();
  }

  private async open(): Promise<AsyncGenerator<Event | undefined, void, undefined>> {
    const { signal } = this.controller;
    return this.parse(lines(await this.connect(this.lastId, signal), signal));
  }

  private async *run(): AsyncGenerator<Event, void, undefined> {
    const { signal } = this.controller;
    let failures = 0;
    await this.connected;
    try {
      while (!signal.aborted) {
        try {
          this.blocks ??= await this.open();
          for await (const event of this.blocks) {
            failures = 0;
            if (event) yield event;
          }
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof NetworkError || error instanceof ServerError)) throw error;
          failures += 1;
        }
        this.blocks = undefined;
        await sleep(Math.min(this.pauseMs * 2 ** Math.min(failures, 5), LONGEST_PAUSE_MS), signal);
      }
    } finally {
      this.controller.abort();
    }
  }

  private async *parse(source: AsyncIterable<string>): AsyncGenerator<Event | undefined, void, undefined> {
    // What a broken connection left unfinished is no event, and its id does not count.
    let id = this.lastId;
    let name = "message";
    let data: string[] = [];
    for await (const line of source) {
      if (line === "") {
        this.lastId = id;
        yield data.length > 0 ? { id, name, data: JSON.parse(data.join("\n")) as JsonObject } : undefined;
        name = "message";
        data = [];
        continue;
      }
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "data") data.push(value);
      else if (field === "event") name = value;
      else if (field === "id") id = value;
      else if (field === "retry" && /^\d+$/.test(value)) this.pauseMs = Number(value);
    }
  }
}

async function* restored<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield first;
  yield* rest;
}

/** Whole lines; a connection that breaks or is silent for too long is a `NetworkError`. */
async function* lines(response: Response, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const silence = new AbortController();
      const read = await Promise.race([
        reader.read(),
        sleep(SILENCE_MS, silence.signal).then(() => {
          throw new NetworkError("the event stream is silent");
        }),
      ]).finally(() => silence.abort());
      if (read.done) return;
      const whole = (rest + read.value).split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole) yield line.replace(/\r$/, "");
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof NetworkError) throw cause;
    throw new NetworkError("the event stream broke", { cause });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
