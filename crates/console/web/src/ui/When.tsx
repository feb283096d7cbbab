import { signal } from "@preact/signals";
import { exact, relative } from "../words/format";

const minute = signal(0);
setInterval(() => (minute.value += 1), 30_000);

/** A moment, as long ago; the exact time is the tooltip. */
export function When({ at }: { at: string | number | null | undefined }) {
  void minute.value;
  if (at === null || at === undefined) return <span class="muted">–</span>;
  return <time class="nowrap" dateTime={new Date(at).toISOString()} title={exact(at)}>{relative(at)}</time>;
}
