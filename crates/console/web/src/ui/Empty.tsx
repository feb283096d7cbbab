import type { ComponentChildren } from "preact";

/** Says what belongs here and how it gets here. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return <div class="empty"><strong>{title}</strong>{children}</div>;
}

export function Skeleton({ lines = 3, block }: { lines?: number; block?: boolean }) {
  return (
    <div class="stack" aria-hidden="true">
      {block ? <div class="skeleton block" /> : Array.from({ length: lines }, (_, row) => <div key={row} class={`skeleton ${["", "long", "short"][row % 3]}`} />)}
    </div>
  );
}
