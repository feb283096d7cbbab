// Where events are sent, what became of it, and what other programs sent here.
import { api, ok, type Schemas } from "../api/client";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { List } from "../ui/List";
import type { Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { When } from "../ui/When";
import { money } from "../words/format";
import { EndpointSheet, NewEndpoint } from "./webhooks/EndpointSheet";
import { Received } from "./webhooks/Received";
import { endpointTone, inboundTone, t, wordOf } from "./webhooks/words";

export default function Webhooks() {
  const tab = query.value.get("tab") ?? "out";
  return (
    <>
      <header>
        <h1>{shell.webhooks()}</h1>
        {can("webhooks:write") && <Button icon="plus" look="primary" onClick={() => setQuery({ tab: "", open: "new" })}>{t.create()}</Button>}
      </header>
      {can("webhooks:manage") ? (
        <Tabs label={shell.webhooks()} current={tab} onChange={(name) => setQuery({ tab: name === "out" ? "" : name, open: "", page: "", state: "", source: "" })} tabs={[
          { name: "out", label: t.endpoints(), content: () => <Endpoints /> },
          { name: "in", label: t.received(), content: () => <Inbound /> },
          { name: "payments", label: t.payments(), content: () => <Payments /> },
        ]} />
      ) : <Endpoints />}
    </>
  );
}

function Endpoints() {
  const open = query.value.get("open");
  const columns: Column<Schemas["Endpoint"]>[] = [
    { name: "url", label: t.address(), main: true, cell: (row) => row.url },
    { name: "description", label: t.description(), cell: (row) => row.description },
    { name: "events", label: t.events(), cell: (row) => <span class="row">{row.events.slice(0, 3).map((event) => <Badge key={event} tone="plain">{event}</Badge>)}{row.events.length > 3 && `+${row.events.length - 3}`}</span> },
    { name: "state", label: t.state(), cell: (row) => <Badge tone={endpointTone(row)}>{row.state === "enabled" && row.failing_since ? t.failing() : wordOf(row.state)}</Badge> },
    { name: "success", label: t.lastSuccess(), cell: (row) => <When at={row.last_success_at} /> },
  ];
  return (
    <List<Schemas["Endpoint"]> name="endpoints" caption={t.endpoints()} columns={columns} id={(row) => row.id} nameOf={(row) => row.url} opens empty={t.none()}
      create={<Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>}
      filters={can("webhooks:manage") ? [{ name: "owner", label: t.mine(), choices: [{ value: "*", label: t.everyones() }] }] : []}
      load={(asked, signal) => ok(api.GET("/api/v1/webhooks/endpoints", { params: { query: asked as object }, signal }))}>
      {(reload) => open && (open === "new"
        ? <NewEndpoint onClose={() => setQuery({ open: "" })} changed={reload} />
        : <EndpointSheet key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />)}
    </List>
  );
}

function Inbound() {
  const open = query.value.get("open");
  const columns: Column<Schemas["Event"]>[] = [
    { name: "type", label: t.type(), main: true, cell: (row) => row.type },
    { name: "source", label: t.source(), cell: (row) => row.source },
    { name: "state", label: t.state(), cell: (row) => <Badge tone={inboundTone(row.state)}>{wordOf(row.state)}</Badge> },
    { name: "object", label: t.object(), cell: (row) => <span class="mono">{row.object}</span> },
    { name: "received_at", label: t.receivedAt(), cell: (row) => <When at={row.received_at} /> },
  ];
  const states = ["received", "processed", "ignored", "superseded", "failed"].map((value) => ({ value, label: wordOf(value) }));
  return (
    <List<Schemas["Event"]> name="inbound" caption={t.received()} columns={columns} id={(row) => row.id} nameOf={(row) => `${row.type} #${row.id}`} opens empty={t.noneReceived()}
      filters={[{ name: "state", label: t.state(), choices: states }]} search={{ name: "source", label: t.source() }}
      load={(asked, signal) => ok(api.GET("/api/v1/admin/webhooks/events", { params: { query: asked as object }, signal }))}>
      {(reload) => open && open !== "new" && <Received key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />}
    </List>
  );
}

function Payments() {
  const columns: Column<Schemas["Payment"]>[] = [
    { name: "reference", label: t.reference(), cell: (row) => row.reference ?? "–" },
    { name: "provider", label: t.source(), cell: (row) => row.provider },
    { name: "state", label: t.state(), cell: (row) => <Badge tone={row.state === "succeeded" ? "ok" : row.state === "failed" ? "danger" : "warn"}>{wordOf(row.state)}</Badge> },
    { name: "amount", label: t.amount(), number: true, cell: (row) => money(row.amount, row.currency) },
    { name: "refunded", label: t.refundedAmount(), number: true, cell: (row) => (row.amount_refunded ? money(row.amount_refunded, row.currency) : "–") },
    { name: "occurred_at", label: t.when(), cell: (row) => <When at={row.occurred_at} /> },
    { name: "external_id", label: "ID", cell: (row) => <span class="mono">{row.external_id}</span> },
  ];
  const states = ["succeeded", "failed", "partially_refunded", "refunded"].map((value) => ({ value, label: wordOf(value) }));
  return (
    <List<Schemas["Payment"]> name="payments" caption={t.payments()} columns={columns} id={(row) => row.id} nameOf={(row) => row.external_id} empty={t.nonePayments()}
      filters={[{ name: "state", label: t.state(), choices: states }]} search={{ name: "reference", label: t.reference() }}
      load={(asked, signal) => ok(api.GET("/api/v1/admin/payments", { params: { query: asked as object }, signal }))} />
  );
}

