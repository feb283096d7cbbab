// Real paths below /console/: the address holds the state of each screen, so that a reload, a link and the Back button
// show the same thing.
import { batch, signal } from "@preact/signals";

export const BASE = "/console/";

function read(): string {
  return decodeURIComponent(location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : "").replace(/\/$/, "");
}

export const path = signal(read());
export const query = signal(new URLSearchParams(location.search));

type Guard = () => boolean;
const guards = new Set<Guard>();

/** Asks before the address changes; `false` stays. */
export function guard(asks: Guard): () => void {
  guards.add(asks);
  return () => guards.delete(asks);
}

function sync(): void {
  batch(() => {
    path.value = read();
    query.value = new URLSearchParams(location.search);
  });
}

export function href(to: string, values: Record<string, string | number | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return BASE + to + (text && `?${text}`);
}

export function go(address: string, how: "push" | "replace" = "push"): void {
  const same = new URL(address, location.href).pathname === location.pathname;
  if (!same && ![...guards].every((asks) => asks())) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
  const moved = !same && how === "push";
  sync();
  if (moved) scrollTo(0, 0);
}

/** Changes parts of the query; an empty value removes its part. */
export function setQuery(values: Record<string, string | number | undefined>, how: "push" | "replace" = "push"): void {
  const next = new URLSearchParams(query.peek());
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  go(location.pathname + (text && `?${text}`), how);
}

addEventListener("popstate", sync);
addEventListener("beforeunload", (event) => {
  if (dirty.peek() > 0) event.preventDefault();
});

/** Forms with changes that are not saved. */
export const dirty = signal(0);

// Plain clicks on links of ours change the screen without loading the page anew.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(BASE)) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
