// Rules that are or were broken, with what was busy at that time.
import { data, raw } from "../../api/http";
import { can } from "../../api/session";
import { Badge } from "../../ui/Badge";
import { List } from "../../ui/List";
import { Menu } from "../../ui/Menu";
import type { Column } from "../../ui/Table";
import { When } from "../../ui/When";
import { dateTime, decimal } from "../../words/format";
import { severityTone, t, wordOf } from "./words";

interface Busy {
  name: string;
  percent: number;
}

interface Alert {
  id: number;
  rule: string;
  severity: string;
  condition: string;
  threshold: number;
  replica: string | null;
  series: string;
  state: string;
  value: number;
  cause: { routes: Busy[]; jobs: Busy[]; processes: Busy[] };
  since: string;
  flapping: boolean;
  acked_at: string | null;
  silenced_until: string | null;
}

const BASE = "/api/v1/monitoring/alerts";
const HOUR = 3_600_000;

async function load(asked: object, signal: AbortSignal): Promise<{ data: Alert[]; pagination?: unknown }> {
  const search = new URLSearchParams(Object.entries(asked).map(([name, value]) => [name, String(value)]));
  return (await raw("GET", `${BASE}?${search}`, undefined, { signal })).json() as Promise<{ data: Alert[]; pagination?: unknown }>;
}

export function Alerts() {
  const busy = (alert: Alert) => [...alert.cause.routes, ...alert.cause.jobs, ...alert.cause.processes].sort((a, b) => b.percent - a.percent).slice(0, 3);
  const columns = (reload: () => Promise<void>): Column<Alert>[] => [
    { name: "rule", label: t.name(), main: true, cell: (row) => <b>{row.rule}</b> },
    { name: "state", label: t.state(), cell: (row) => (
      <span class="row"><Badge tone={row.state === "firing" ? "danger" : row.state === "pending" ? "warn" : "ok"}>{wordOf(row.state)}</Badge>
        {row.flapping && <Badge tone="warn">{t.flapping()}</Badge>}{row.acked_at && <Badge tone="plain">{t.acked()}</Badge>}
        {row.silenced_until && <span class="muted small">{t.silenced({ time: dateTime(row.silenced_until) })}</span>}</span>
    ) },
    { name: "severity", label: t.severity(), cell: (row) => <Badge tone={severityTone(row.severity)}>{wordOf(row.severity)}</Badge> },
    { name: "series", label: t.series(), cell: (row) => <span class="mono">{row.series}{row.replica && ` · ${row.replica}`}</span> },
    { name: "value", label: t.value(), number: true, cell: (row) => decimal(row.value, 2) },
    { name: "since", label: t.since(), cell: (row) => <When at={row.since} /> },
    { name: "cause", label: t.cause(), cell: (row) => <span class="small">{busy(row).map((one) => `${one.name} ${decimal(one.percent)} %`).join(", ")}</span> },
    ...(can("monitoring:manage") ? [{ name: "act", label: t.ack(), cell: (row: Alert) => row.state !== "resolved" && (
      <Menu actions={[
        !row.acked_at && { label: t.ack(), icon: "check", does: async () => {
          await data("POST", `${BASE}/${row.id}/ack`);
          await reload();
        } },
        { label: t.silence(), icon: "pause", does: async () => {
          await data("POST", `${BASE}/${row.id}/silence`, { until: new Date(Date.now() + HOUR).toISOString() });
          await reload();
        } },
      ]} />
    ) }] : []),
  ];
  return (
    <List<Alert> name="alerts" caption={t.alerts()} columns={columns} id={(row) => row.id} nameOf={(row) => row.rule} empty={t.none()}
      filters={[{ name: "state", label: t.state(), choices: ["firing", "pending", "resolved"].map((value) => ({ value, label: wordOf(value) })) }]}
      load={load} live={["alert"]} />
  );
}
