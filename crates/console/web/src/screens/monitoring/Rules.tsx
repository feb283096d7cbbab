// When somebody is told: a series, a threshold, and for how long.
import { data, raw } from "../../api/http";
import { useQuery } from "../../api/query";
import { query, setQuery } from "../../app/router";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { Form, type Values } from "../../ui/Form";
import { List } from "../../ui/List";
import type { Column } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { ui } from "../../ui/words";
import { decimal } from "../../words/format";
import { severityTone, t, wordOf } from "./words";

interface Rule {
  id: number;
  name: string;
  series: string;
  condition: string;
  threshold: number;
  clear: number;
  for_seconds: number;
  clear_for_seconds: number;
  repeat_seconds: number | null;
  severity: string;
  enabled: boolean;
}

const BASE = "/api/v1/monitoring/rules";
const CONDITIONS = ["above", "below", "anomaly"] as const;
const SEVERITIES = ["info", "warning", "critical"] as const;

async function load(asked: object, signal: AbortSignal): Promise<{ data: Rule[]; pagination?: unknown }> {
  const search = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]));
  return (await raw("GET", `${BASE}?${search}`, undefined, { signal })).json() as Promise<{ data: Rule[]; pagination?: unknown }>;
}

function valuesOf(rule: Partial<Rule>): Values {
  return {
    name: rule.name ?? "", series: rule.series ?? "cpu.total", condition: rule.condition ?? "above", threshold: String(rule.threshold ?? 90), clear: String(rule.clear ?? ""),
    for_seconds: String(rule.for_seconds ?? 300), clear_for_seconds: String(rule.clear_for_seconds ?? 300), repeat_seconds: rule.repeat_seconds ? String(rule.repeat_seconds) : "",
    severity: rule.severity ?? "warning", enabled: rule.enabled === false ? "" : "true",
  };
}

function bodyOf(values: Values) {
  return {
    name: values["name"], series: values["series"], condition: values["condition"], threshold: Number(values["threshold"]),
    ...(values["clear"] && { clear: Number(values["clear"]) }), for_seconds: Number(values["for_seconds"]), clear_for_seconds: Number(values["clear_for_seconds"]),
    repeat_seconds: Number(values["repeat_seconds"]) || null, severity: values["severity"], enabled: values["enabled"] === "true",
  };
}

export function Rules() {
  const open = query.value.get("open");
  const columns: Column<Rule>[] = [
    { name: "name", label: t.name(), main: true, cell: (row) => row.name },
    { name: "series", label: t.series(), cell: (row) => <span class="mono">{row.series}</span> },
    { name: "condition", label: t.condition(), cell: (row) => `${wordOf(row.condition)} ${row.condition === "anomaly" ? "" : decimal(row.threshold, 2)}` },
    { name: "severity", label: t.severity(), cell: (row) => <Badge tone={severityTone(row.severity)}>{wordOf(row.severity)}</Badge> },
    { name: "enabled", label: t.state(), cell: (row) => <Badge tone={row.enabled ? "ok" : "neutral"}>{row.enabled ? t.on() : t.off()}</Badge> },
  ];
  return (
    <List<Rule> name="rules" caption={t.rules()} columns={columns} id={(row) => row.id} nameOf={(row) => row.name} opens empty={t.noneRules()} load={load}
      tools={() => <Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>}>
      {(reload) => open && <RuleSheet key={open} id={open === "new" ? null : Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />}
    </List>
  );
}

function RuleSheet({ id, onClose, changed }: { id: number | null; onClose: () => void; changed: () => Promise<void> }) {
  const address = `${BASE}/${id}`;
  const one = useQuery(`rule ${id}`, async (signal) => {
    if (id === null) return null;
    const response = await raw("GET", address, undefined, { signal });
    return { etag: response.headers.get("etag") ?? "", rule: ((await response.json()) as { data: Rule }).data };
  });
  const rule = one.data.value?.rule;
  const etag = one.data.value?.etag ?? "";
  const remove = async () => {
    if (!rule || !(await sure(t.deleteOne({ name: rule.name }), t.deleteText(), ui.delete()))) return;
    await raw("DELETE", address);
    onClose();
    await changed();
  };
  const labels = { name: t.name(), series: t.series(), condition: t.condition(), threshold: t.threshold(), clear: t.clear(), for_seconds: t.heldFor(), clear_for_seconds: t.clearFor(), repeat_seconds: t.repeat(), severity: t.severity(), enabled: t.enabled() };
  return (
    <Dialog title={id === null ? t.create() : rule?.name ?? "…"} look="sheet" onClose={onClose} actions={rule && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} />
      {(id === null || rule) && (
        <Form key={etag} initial={valuesOf(rule ?? {})} submit={id === null ? ui.create() : ui.save()} valuesOf={(current) => valuesOf(current as Partial<Rule>)} labels={labels} onSubmit={async (values, change) => {
          if (id === null) {
            const { repeat_seconds, ...body } = bodyOf(values);
            await data("POST", BASE, { ...body, ...(repeat_seconds && { repeat_seconds }) }, { headers: { "idempotency-key": change.key } });
            onClose();
          } else {
            await data("PATCH", address, bodyOf(values), { headers: { "if-match": change.etag ?? etag } });
            await one.reload();
          }
          toast(ui.saved());
          await changed();
        }}>
          <TextField name="name" label={t.name()} required autofocus={id === null} />
          <TextField name="series" label={t.series()} hint={t.seriesHint()} mono required />
          <div class="pair"><SelectField name="condition" label={t.condition()} choices={CONDITIONS.map((value) => ({ value, label: wordOf(value) }))} /><TextField name="threshold" type="number" step="any" label={t.threshold()} required /></div>
          <div class="pair"><TextField name="for_seconds" type="number" min="0" label={t.heldFor()} /><TextField name="clear" type="number" step="any" label={t.clear()} /></div>
          <div class="pair"><TextField name="clear_for_seconds" type="number" min="0" label={t.clearFor()} /><TextField name="repeat_seconds" type="number" min="0" label={t.repeat()} /></div>
          <div class="pair"><SelectField name="severity" label={t.severity()} choices={SEVERITIES.map((value) => ({ value, label: wordOf(value) }))} /><CheckField name="enabled" label={t.enabled()} /></div>
        </Form>
      )}
    </Dialog>
  );
}
