// The last calls, newest first, each as a command.
import { calls, curl } from "../api/calls";
import { clock, duration } from "../words/format";
import { Badge } from "../ui/Badge";
import { CopyButton } from "../ui/Copy";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { shell } from "./words";

export function Calls({ onClose }: { onClose: () => void }) {
  const list = calls.value.filter((call) => !call.url.endsWith("/auth/ticket"));
  return (
    <Dialog title={shell.calls()} look="sheet" onClose={onClose}>
      <p class="muted">{shell.callsHint()}</p>
      {list.length === 0 && <Empty title={shell.callsEmpty()} />}
      <div>
        {list.map((call) => {
          const address = new URL(call.url);
          return (
            <div key={call.number} class="call">
              <div class="row">
                <span class={`verb ${call.method}`}>{call.method}</span>
                <span class="grow mono">{address.pathname + address.search}</span>
                <Badge tone={call.status === null ? "neutral" : call.status < 400 ? "ok" : "danger"}>{call.status ?? (call.milliseconds === null ? "…" : shell.failed())}</Badge>
              </div>
              <pre tabIndex={0} aria-label="curl">{curl(call)}</pre>
              <div class="row apart">
                <CopyButton text={curl(call)} />
                <span class="muted small">{clock(call.at)}{call.milliseconds !== null && ` · ${duration(call.milliseconds)}`}</span>
              </div>
            </div>
          );
        })}
      </div>
    </Dialog>
  );
}
