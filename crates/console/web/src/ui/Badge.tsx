import type { ComponentChildren } from "preact";

export type Tone = "plain" | "neutral" | "ok" | "warn" | "danger" | "info";

/** A state in a word; the dot's form differs too, so that colour is never alone. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Avatar({ name }: { name: string }) {
  return <span class="avatar" aria-hidden="true">{[...name][0]?.toUpperCase() ?? "?"}</span>;
}
