// Host, process and product on one time line; alerts and their rules.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { data, raw } from "../api/http";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Banner, Failure } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Chart, type Series } from "../ui/Chart";
import { Empty, Skeleton } from "../ui/Empty";
import { Menu } from "../ui/Menu";
import { Tabs } from "../ui/Tabs";
import { save } from "../ui/save";
import { bytes, dateTime, decimal, duration } from "../words/format";
import { Alerts } from "./monitoring/Alerts";
import { Rules } from "./monitoring/Rules";
import { flowing, watch, type Sample } from "./monitoring/samples";
import { t } from "./monitoring/words";

interface Known {
  name: string;
  unit: string;
}

interface Metrics {
  step: number;
  series: { name: string; unit: string; replica?: string | null; usual?: { label: string; low: number; high: number }; points: [at: number, min: number, mean: number, max: number][] }[];
  missing?: string[];
}

const RANGES: Record<string, number> = { "1h": 3_600_000, "6h": 21_600_000, "24h": 86_400_000, "7d": 604_800_000, "30d": 2_592_000_000 };
/** How often charts are asked for: while samples come by the socket, and while they do not. */
const FOLLOWED = 60_000;
const EVERY = 10_000;
/** Twice as long as from one sample to the next, in milliseconds. */
const CELL = 10_000;
/** Samples beside what was loaded last. */
const FRESH = 200;
const LINES = 6;

export default function Monitoring() {
  const tab = query.value.get("tab") ?? "charts";
  return (
    <>
      <header><h1>{shell.monitoring()}</h1></header>
      <Tabs label={shell.monitoring()} current={tab} onChange={(name) => setQuery({ tab: name === "charts" ? "" : name, open: "", page: "", state: "" })} tabs={[
        { name: "charts", label: t.charts(), content: () => <Charts /> },
        { name: "alerts", label: t.alerts(), content: () => <Alerts /> },
        ...(can("monitoring:manage") ? [{ name: "rules", label: t.rules(), content: () => <Rules /> }] : []),
      ]} />
    </>
  );
}

export function formatOf(unit: string): (value: number) => string {
  switch (unit) {
    case "percent": return (value) => `${decimal(value, 2)} %`;
    case "bytes": return bytes;
    case "bytes_per_second": return (value) => `${bytes(value)}/s`;
    case "per_second": return (value) => `${decimal(value, 2)}/s`;
    case "seconds": return (value) => duration(value * 1000);
    default: return (value) => decimal(value);
  }
}

/** Charts by the first part of the name and the unit; single cores would hide the sum. */
function grouped(series: readonly Known[]): [title: string, unit: string, names: string[]][] {
  const groups = new Map<string, [string, string, string[]]>();
  for (const { name, unit } of series) {
    if (/\.core\./.test(name)) continue;
    const first = name.split(".")[0] ?? name;
    const id = `${first} ${unit}`;
    const group = groups.get(id) ?? [first, unit, []];
    group[2].push(name);
    groups.set(id, group);
  }
  return [...groups.values()].flatMap(([title, unit, names]) => Array.from({ length: Math.ceil(names.length / LINES) }, (_, at) => (
    [title, unit, names.slice(at * LINES, (at + 1) * LINES)] as [string, string, string[]]
  )));
}

/** A missed sample is a gap, never a line across it. */
function withGaps(times: number[], step: number): number[] {
  return times.flatMap((at, index) => ((times[index + 1] ?? at) - at > step * 1.5 ? [at, at + step] : [at]));
}

function Charts() {
  const range = query.value.get("range") ?? "1h";
  const from = Number(query.value.get("from")) || 0;
  const to = Number(query.value.get("to")) || 0;
  const zoomed = from > 0 && to > from;
  const known = useQuery("series", (signal) => data<Known[]>("GET", "/api/v1/monitoring/series", undefined, { signal }));
  const fresh = useSignal<readonly Sample[]>([]);
  const metrics = useQuery(`metrics ${zoomed ? `${from} ${to}` : range}`, (signal) => {
    const end = zoomed ? to : Date.now();
    const begin = zoomed ? from : end - (RANGES[range] ?? RANGES["1h"] as number);
    const search = new URLSearchParams({ from: new Date(begin).toISOString(), to: new Date(end).toISOString() });
    return data<Metrics>("GET", `/api/v1/monitoring/metrics?${search}`, undefined, { signal });
  });
  useEffect(() => {
    if (zoomed) return;
    let asked = Date.now();
    const timer = setInterval(() => {
      if (document.hidden || Date.now() - asked < (flowing.peek() ? FOLLOWED : EVERY)) return;
      asked = Date.now();
      void metrics.reload();
    }, EVERY / 2);
    // Longer stretches have points of minutes and hours.
    const stop = range === "1h" ? watch((sample) => {
      fresh.value = [...fresh.peek().slice(-FRESH), sample];
      // Some series have no number before the second look.
      const names = new Set(metrics.data.peek()?.series.map((one) => one.name));
      if (Date.now() - asked < EVERY || Object.keys(sample.v).every((name) => names.has(name))) return;
      asked = Date.now();
      void Promise.all([known.reload(), metrics.reload()]);
    }) : undefined;
    return () => {
      clearInterval(timer);
      stop?.();
      fresh.value = [];
    };
  }, [range, zoomed]);

  const got = metrics.data.value;
  // Numbers that all replicas see alike belong to none.
  const replicas = new Set(got?.series.flatMap((one) => one.replica ?? []));
  const charts = got && known.data.value ? grouped(known.data.value).map(([title, unit, names]) => {
    const lines = got.series.filter((one) => names.includes(one.name)).slice(0, LINES).map((one) => {
      const last = one.points.at(-1)?.[0] ?? 0;
      const isSum = !one.replica && got.series.some((other) => other.name === one.name && other.replica);
      const heard = fresh.value.flatMap((sample): typeof one.points => {
        const value = sample.v[one.name];
        // What all replicas see alike comes from each of them; sums are asked for.
        const isIts = one.replica ? sample.replica === one.replica : !isSum;
        // Replicas measure at moments of their own; in a cell of time they stand beside each other.
        const at = sample.at - (sample.at % CELL);
        return value === undefined || !isIts || at <= last ? [] : [[at, value, value, value]];
      });
      return heard.length ? { ...one, points: [...one.points, ...heard] } : one;
    });
    const times = withGaps([...new Set(lines.flatMap((one) => one.points.map(([at]) => at)))].sort((a, b) => a - b), got.step * 1000);
    const usual = lines.find((one) => one.usual);
    const series: Series[] = lines.map((one) => {
      const values = new Map(one.points.map(([at, , mean]) => [at, mean]));
      return { name: replicas.size > 1 ? `${one.name} · ${one.replica ?? "Σ"}` : one.name, values: times.map((at) => values.get(at) ?? null) };
    });
    return { title, unit, times, series, usual };
  }).filter((chart) => chart.times.length) : [];
  const zoom = (begin: number, end: number) => setQuery({ from: Math.round(begin), to: Math.round(end) });
  const download = async (format: string) => {
    const end = zoomed ? to : Date.now();
    const search = new URLSearchParams({ format, from: new Date(zoomed ? from : end - (RANGES[range] ?? 0)).toISOString(), to: new Date(end).toISOString() });
    await save(await raw("GET", `/api/v1/monitoring/export?${search}`), `monitoring.${format}`);
  };
  return (
    <>
      <div class="filters">
        {Object.keys(RANGES).map((name) => <Button key={name} pressed={!zoomed && name === range} onClick={() => setQuery({ range: name === "1h" ? "" : name, from: "", to: "" })}>{name}</Button>)}
        {zoomed && <Button icon="close" onClick={() => setQuery({ from: "", to: "" })}>{dateTime(from)} – {dateTime(to)}</Button>}
        <Menu label={t.export()} button={{ icon: "download", look: "plain", compact: false }} actions={[{ label: "CSV", does: () => download("csv") }, { label: "JSON", does: () => download("json") }]} />
        {got && <span class="muted small">{t.step({ step: duration(got.step * 1000) })}</span>}
      </div>
      {Boolean(got?.missing?.length) && <Banner look="warn">{t.missing({ names: got?.missing?.join(", ") ?? "" })}</Banner>}
      {Boolean(metrics.error.value ?? known.error.value) && <Failure error={metrics.error.value ?? known.error.value} retry={() => Promise.all([known.reload(), metrics.reload()])} />}
      {(metrics.waiting.value || known.waiting.value) && <Skeleton block />}
      {got && known.data.value && charts.length === 0 && <Empty title={t.noneCharts()} />}
      <div class="grid2">
        {charts.map((chart) => (
          <div key={`${chart.title} ${chart.unit} ${chart.series[0]?.name}`} class="card">
            <Chart title={`${chart.title}, ${t.units[chart.unit]?.() ?? chart.unit}`} times={chart.times} series={chart.series} format={formatOf(chart.unit)} onRange={zoom} sync="monitoring" />
            {chart.usual?.usual && <p class="muted small">{t.usual({ name: chart.usual.name, when: chart.usual.usual.label, low: formatOf(chart.unit)(chart.usual.usual.low), high: formatOf(chart.unit)(chart.usual.usual.high) })}</p>}
          </div>
        ))}
      </div>
    </>
  );
}
