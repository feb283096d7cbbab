// One event that another program sent here.
import { api, ok } from "../../api/client";
import { useQuery } from "../../api/query";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog } from "../../ui/Dialog";
import { When } from "../../ui/When";
import { inboundTone, t, wordOf } from "./words";

export function Received({ id, onClose, changed }: { id: number; onClose: () => void; changed: () => Promise<void> }) {
  const one = useQuery(`inbound ${id}`, (signal) => ok(api.GET("/api/v1/admin/webhooks/events/{id}", { params: { path: { id } }, signal })).then((answer) => answer.data));
  const event = one.data.value?.event;
  return (
    <Dialog title={event ? `${event.type} #${event.id}` : "…"} look="sheet" onClose={onClose}>
      <Pending of={one} lines={5} />
      {event && (
        <>
          <div class="row">
            <Badge tone={inboundTone(event.state)}>{wordOf(event.state)}</Badge>
            {event.state === "failed" && <Button compact icon="refresh" onClick={async () => {
              await ok(api.POST("/api/v1/admin/webhooks/events/{id}/retry", { params: { path: { id } } }));
              await Promise.all([one.reload(), changed()]);
            }}>{t.retry()}</Button>}
          </div>
          <dl class="facts">
            <dt>{t.source()}</dt><dd>{event.source}</dd>
            <dt>{t.receivedAt()}</dt><dd><When at={event.received_at} /></dd>
            <dt>ID</dt><dd class="mono">{event.external_id}</dd>
          </dl>
          <section class="stack tight"><h3>{t.body()}</h3><pre tabIndex={0}>{one.data.value?.body ?? one.data.value?.body_base64}</pre></section>
          <section class="stack tight"><h3>{t.headers()}</h3><pre tabIndex={0}>{one.data.value?.headers.map((header) => `${header.name}: ${header.value}`).join("\n")}</pre></section>
        </>
      )}
    </Dialog>
  );
}
