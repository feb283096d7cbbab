// What a screen shows: loaded once, kept while it is loaded anew, and loaded anew when something changed.
import { useComputed, useSignal, type ReadonlySignal } from "@preact/signals";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { onBack, OfflineError } from "./http";
import { connected, listen } from "./live";

export interface Query<T> {
  data: ReadonlySignal<T | undefined>;
  error: ReadonlySignal<unknown>;
  /** Nothing to show yet. */
  waiting: ReadonlySignal<boolean>;
  reload: () => Promise<void>;
}

interface State<T> {
  key: string;
  data?: T;
  error?: unknown;
  done: boolean;
}

const kept = new Map<string, unknown>();
const KEPT = 40;
/** How often is asked what no socket tells. */
const POLL = 10_000;

/** Forgets everything that was loaded, as at sign-out. */
export function forgetAll(): void {
  kept.clear();
}

function remember(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
}

/** `key` names what is loaded; `live` are kinds of events after which it is loaded anew. */
export function useQuery<T>(key: string, load: (signal: AbortSignal) => Promise<T>, live: readonly string[] = []): Query<T> {
  const state = useSignal<State<T>>({ key, data: kept.get(key) as T | undefined, done: kept.has(key) });
  const running = useRef<AbortController | null>(null);
  const latest = useRef({ key, load });
  latest.current = { key, load };

  const reload = useCallback(async () => {
    const { key: wanted, load: by } = latest.current;
    running.current?.abort();
    const control = (running.current = new AbortController());
    try {
      const value = await by(control.signal);
      if (control.signal.aborted) return;
      remember(wanted, value);
      state.value = { key: wanted, data: value, done: true };
    } catch (error) {
      if (control.signal.aborted) return;
      // What is shown stays while the connection is away.
      const before = state.peek();
      if (error instanceof OfflineError && before.data !== undefined) return;
      state.value = { key: wanted, data: before.key === wanted ? before.data : undefined, error, done: true };
    }
  }, []);

  useEffect(() => {
    if (state.peek().key !== key) {
      // The former rows stay until the new ones are there: a list does not blink between two pages.
      state.value = { key, data: (kept.get(key) as T | undefined) ?? state.peek().data, done: kept.has(key) };
    }
    void reload();
    return () => running.current?.abort();
  }, [key]);

  useEffect(() => {
    let timer = 0;
    const soon = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void reload(), 120);
    };
    const stops = [onBack(soon), ...(live.length ? [listen(live, soon)] : [])];
    // Proxies may refuse sockets: what would follow events is then asked for.
    const poll = live.length ? setInterval(() => {
      if (!connected.peek() && !document.hidden) void reload();
    }, POLL) : 0;
    return () => {
      clearTimeout(timer);
      clearInterval(poll);
      for (const stop of stops) stop();
    };
  }, [live.join()]);

  return {
    data: useComputed(() => state.value.data),
    error: useComputed(() => state.value.error),
    waiting: useComputed(() => !state.value.done && state.value.data === undefined),
    reload,
  };
}
