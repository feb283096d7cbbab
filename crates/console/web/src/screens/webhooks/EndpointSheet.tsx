// One endpoint: its settings, what was sent to it, its secret.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok, tagged, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { Badge } from "../../ui/Badge";
import { Banner, Failure } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Secret } from "../../ui/Copy";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { Skeleton } from "../../ui/Empty";
import { CheckField, TextArea, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { Menu } from "../../ui/Menu";
import { Tabs } from "../../ui/Tabs";
import { toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { ui } from "../../ui/words";
import { duration } from "../../words/format";
import { deliveryTone, endpointTone, t, wordOf } from "./words";

type Endpoint = Schemas["Endpoint"];

function valuesOf(endpoint: Partial<Endpoint>): Values {
  return {
    url: endpoint.url ?? "", description: endpoint.description ?? "", events: (endpoint.events ?? ["*"]).join("\n"),
    ordered: endpoint.ordered ? "true" : "", rate: endpoint.rate ? String(endpoint.rate) : "",
  };
}

function bodyOf(values: Values) {
  return {
    url: values["url"] ?? "", description: values["description"] ?? "",
    events: (values["events"] ?? "").split(/[\n,]/).map((one) => one.trim()).filter(Boolean),
    ordered: values["ordered"] === "true", rate: Number(values["rate"]) || null,
  };
}

function Fields({ fresh }: { fresh?: boolean }) {
  return (
    <>
      <TextField name="url" type="url" label={t.address()} placeholder="https://example.com/hook" required autofocus={fresh ?? false} mono />
      <TextField name="description" label={t.description()} />
      <TextArea name="events" label={t.events()} hint={t.eventsHint()} mono rows={4} />
      <div class="pair"><CheckField name="ordered" label={t.ordered()} hint={t.orderedHint()} /><TextField name="rate" type="number" min="1" label={t.rate()} /></div>
    </>
  );
}

export function NewEndpoint({ onClose, changed }: { onClose: () => void; changed: () => Promise<void> }) {
  const secret = useSignal("");
  return (
    <Dialog title={t.create()} look="sheet" onClose={onClose}>
      {secret.value ? (
        <><Banner look="ok">{ui.once()}</Banner><Secret label={t.secret()} value={secret.value} /><div><Button look="primary" onClick={onClose}>{ui.close()}</Button></div></>
      ) : (
        <Form initial={valuesOf({})} submit={ui.create()} onCancel={onClose} onSubmit={async (values) => {
          secret.value = (await ok(api.POST("/api/v1/webhooks/endpoints", { body: bodyOf(values) }))).data.secret;
          await changed();
        }}><Fields fresh /></Form>
      )}
    </Dialog>
  );
}

export function EndpointSheet({ id, onClose, changed }: { id: number; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("details");
  const secret = useSignal("");
  const path = { path: { id } };
  const one = useQuery(`endpoint ${id}`, (signal) => tagged(api.GET("/api/v1/webhooks/endpoints/{id}", { params: path, signal })));
  const endpoint = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const refresh = () => Promise.all([one.reload(), changed()]);
  const remove = async () => {
    if (!endpoint || !(await sure(t.deleteOne({ url: endpoint.url }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/webhooks/endpoints/{id}", { params: path }));
    onClose();
    await changed();
  };
  const turn = async () => {
    await (endpoint?.state === "enabled"
      ? ok(api.POST("/api/v1/webhooks/endpoints/{id}/disable", { params: path }))
      : ok(api.POST("/api/v1/webhooks/endpoints/{id}/enable", { params: path, body: {} })));
    await refresh();
  };
  const rotate = async () => {
    if (!endpoint || !(await sure(t.rotate(), t.rotateText(), t.rotate()))) return;
    secret.value = (await ok(api.POST("/api/v1/webhooks/endpoints/{id}/secret/rotate", { params: path, body: { overlap_seconds: 86_400 } }))).data.secret;
    await refresh();
  };
  const replay = async () => {
    toast(t.replayed({ n: (await ok(api.POST("/api/v1/webhooks/endpoints/{id}/replay", { params: path, body: { from: "0", only: "failed" } }))).data.count }));
  };
  return (
    <Dialog title={endpoint?.url ?? "…"} look="sheet" onClose={onClose} actions={endpoint && (
      <Menu actions={[
        { label: endpoint.state === "enabled" ? t.disable() : t.enable(), icon: endpoint.state === "enabled" ? "pause" : "play", does: turn },
        { label: t.rotate(), icon: "key", does: rotate }, { label: t.replay(), icon: "refresh", does: replay }, null,
        { label: ui.delete(), icon: "trash", danger: true, does: remove },
      ]} />
    )}>
      <Pending of={one} lines={5} />
      {secret.value && <><Banner look="ok">{ui.once()}</Banner><Secret label={t.secret()} value={secret.value} /></>}
      {endpoint && (
        <Tabs label={endpoint.url} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          {
            name: "details", label: t.details(), content: () => (
              <>
                <div class="row"><Badge tone={endpointTone(endpoint)}>{wordOf(endpoint.state)}</Badge>{endpoint.behind > 0 && <span class="muted">{t.behind({ n: endpoint.behind })}</span>}</div>
                <Form key={etag} initial={valuesOf(endpoint)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<Endpoint>)}
                  labels={{ url: t.address(), description: t.description(), events: t.events(), ordered: t.ordered(), rate: t.rate() }}
                  onSubmit={async (values, change) => {
                    await ok(api.PATCH("/api/v1/webhooks/endpoints/{id}", { params: { ...path, header: { "If-Match": change.etag ?? etag } }, body: only(bodyOf(values), change) }));
                    toast(ui.saved());
                    await refresh();
                  }}><Fields /></Form>
              </>
            ),
          },
          { name: "deliveries", label: t.deliveries(), content: () => <Deliveries id={id} /> },
        ]} />
      )}
    </Dialog>
  );
}

const EVERY = 3000;

function Deliveries({ id }: { id: number }) {
  const list = useQuery(`deliveries ${id}`, (signal) => ok(api.GET("/api/v1/webhooks/endpoints/{id}/deliveries", { params: { path: { id }, query: { limit: 50 } }, signal })).then((answer) => answer.data));
  const opened = useSignal<number | null>(null);
  const pending = list.data.value?.some((row) => row.state === "pending");
  useEffect(() => {
    if (!pending) return;
    const timer = setInterval(() => void list.reload(), EVERY);
    return () => clearInterval(timer);
  }, [pending]);
  return (
    <>
      <Pending of={list} bare />
      <div><Button icon="play" onClick={async () => {
        await ok(api.POST("/api/v1/webhooks/endpoints/{id}/test", { params: { path: { id } }, body: {} }));
        toast(t.tested());
        await list.reload();
      }}>{t.test()}</Button></div>
      {list.data.value?.length === 0 && <p class="muted">{t.deliveriesNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((row) => (
          <li key={row.id}>
            <span class="grow stack tight">
              <span class="row"><span class="mono">{row.type}</span><Badge tone={deliveryTone(row.state)}>{wordOf(row.state)}</Badge></span>
              <span class="muted small"><When at={row.created_at} />{row.next_attempt_at && row.state === "pending" && <> · <When at={row.next_attempt_at} /></>}</span>
              {opened.value === row.id && <Delivery id={row.id} />}
            </span>
            <Button compact expanded={opened.value === row.id} onClick={() => (opened.value = opened.value === row.id ? null : row.id)}>{t.attempts()} ({row.tries})</Button>
            {row.state === "failed" && <Button compact icon="refresh" onClick={async () => {
              await ok(api.POST("/api/v1/webhooks/deliveries/{id}/retry", { params: { path: { id: row.id } } }));
              await list.reload();
            }}>{t.retry()}</Button>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Delivery({ id }: { id: number }) {
  const one = useQuery(`delivery ${id}`, (signal) => ok(api.GET("/api/v1/webhooks/deliveries/{id}", { params: { path: { id } }, signal })).then((answer) => answer.data));
  if (one.error.value) return <Failure error={one.error.value} retry={one.reload} />;
  return (
    <>
      {one.waiting.value && <Skeleton />}
      {one.data.value?.attempts.map((attempt) => (
        <span key={attempt.number} class="stack tight">
          <span class="row small"><Badge tone={attempt.status && attempt.status < 300 ? "ok" : "danger"}>{attempt.status ?? attempt.fault}</Badge><When at={attempt.at} /> · {duration(attempt.duration_ms)}</span>
          {attempt.answer && <pre tabIndex={0}>{attempt.answer}</pre>}
        </span>
      ))}
      {one.data.value && <details><summary>{t.body()}</summary><pre tabIndex={0}>{one.data.value.body}</pre></details>}
    </>
  );
}
