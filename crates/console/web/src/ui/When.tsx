import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { exact, relative } from "../words/format";

const minute = signal(0);
let users = 0;
let timer = 0;

/** A moment, as long ago; the exact time is the tooltip. */
export function When({ at }: { at: string | number | null | undefined }) {
  useEffect(() => {
    if ((users += 1) === 1) timer = window.setInterval(() => (minute.value += 1), 30_000);
    return () => {
      if ((users -= 1) === 0) clearInterval(timer);
    };
  }, []);
  if (at === null || at === undefined) return <span class="muted">–</span>;
  void minute.value;
  return <time class="nowrap" dateTime={new Date(at).toISOString()} title={exact(at)}>{relative(at)}</time>;
}
