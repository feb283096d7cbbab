// What happens elsewhere: events of `WS /api/v1/ws`, resumed after a break by the cursor of the last one.
import { effect, signal } from "@preact/signals";
import { data, online, onBack } from "./http";
import { state } from "./session";

export interface LiveEvent {
  id: number;
  type: string;
  actor_id: number | null;
  data: Record<string, unknown>;
}

type Frame =
  | { type: "event"; data: LiveEvent; cursor: string | null }
  | { type: "subscribed"; data: { cursor: string | null } }
  | { type: "reset"; data: { head: string | null } }
  | { type: "error"; data: { message: string } }
  | { type: "pong" };

type Listener = (event: LiveEvent | null) => void;

export const connected = signal(false);
// A program without a domain refuses its topic, so each is asked for by itself.
const TOPICS = ["notification", "task", "file", "message", "room", "alert"];
const listeners = new Map<Listener, readonly string[]>();
let socket: WebSocket | null = null;
let cursor: string | null = null;
let pause = 500;
let timer = 0;

/** Calls `does` for each event of these kinds, and with `null` when events were missed. */
export function listen(kinds: readonly string[], does: Listener): () => void {
  listeners.set(does, kinds);
  return () => listeners.delete(does);
}

function publish(event: LiveEvent | null): void {
  for (const [does, kinds] of listeners) {
    if (!event || kinds.some((kind) => event.type.startsWith(`${kind}.`))) does(event);
  }
}

function subscribe(after: string | null): void {
  for (const topic of TOPICS) socket?.send(JSON.stringify({ type: "subscribe", topics: [topic], ...(after && { after }) }));
}

function received(frame: Frame): void {
  switch (frame.type) {
    case "event":
      cursor = frame.cursor;
      publish(frame.data);
      break;
    case "subscribed":
      cursor = frame.data.cursor;
      connected.value = true;
      pause = 500;
      break;
    case "reset":
      cursor = null;
      publish(null);
      subscribe(null);
      break;
  }
}

/** Opens a socket of the API. Its ticket is good for one socket and half a minute. */
export async function open(path: string): Promise<WebSocket> {
  const { ticket } = await data<{ ticket: string }>("POST", "/api/v1/auth/ticket");
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}${path}?ticket=${encodeURIComponent(ticket)}`);
}

async function connect(): Promise<void> {
  clearTimeout(timer);
  if (socket || state.peek() !== "in" || !online.peek()) return;
  try {
    const opened = await open("/api/v1/ws");
    if (socket || state.peek() !== "in") {
      opened.close(1000);
      return;
    }
    socket = opened;
    opened.onopen = () => subscribe(cursor);
    opened.onmessage = ({ data: text }: MessageEvent<string>) => received(JSON.parse(text) as Frame);
    opened.onclose = ({ code }) => {
      if (socket !== opened) return;
      socket = null;
      connected.value = false;
      if (code === 4429) pause = 30_000;
      // The credentials ended: the next call finds out whether the session did, too.
      if (code === 4401 || code === 4403) void data("GET", "/api/v1/auth/check").catch(() => undefined);
      again();
    };
  } catch {
    again();
  }
}

function again(): void {
  if (state.peek() !== "in") return;
  timer = window.setTimeout(() => void connect(), pause * (0.5 + Math.random()));
  pause = Math.min(pause * 2, 30_000);
}

export function follow(): void {
  effect(() => {
    if (state.value === "in") {
      void connect();
    } else {
      const old = socket;
      socket = null;
      cursor = null;
      connected.value = false;
      old?.close(1000);
    }
  });
  onBack(() => {
    pause = 500;
    void connect();
  });
}
