// Background work: the queue by state, what is enqueued by itself, and how much each queue does.
import { useEffect } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty, Skeleton } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { List } from "../ui/List";
import { Menu } from "../ui/Menu";
import { Table, type Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/Toast";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { count, decimal, duration } from "../words/format";
import { EnqueueSheet, JobSheet } from "./jobs/JobSheet";
import { ScheduleSheet } from "./jobs/ScheduleSheet";
import { STATES, stateTone, t, wordOf } from "./jobs/words";

type Job = Schemas["Job"];

export default function Jobs() {
  const tab = query.value.get("tab") ?? "jobs";
  return (
    <>
      <header>
        <h1>{shell.jobs()}</h1>
        <Button icon="plus" look="primary" onClick={() => setQuery({ tab: "", open: "new" })}>{t.enqueue()}</Button>
      </header>
      <Tabs label={shell.jobs()} current={tab} onChange={(name) => setQuery({ tab: name === "jobs" ? "" : name, open: "", page: "", state: "", sort: "" })} tabs={[
        { name: "jobs", label: t.jobs(), content: () => <Queue /> },
        { name: "schedules", label: t.schedules(), content: () => <Schedules /> },
        { name: "queues", label: t.queues(), content: () => <Queues /> },
      ]} />
    </>
  );
}

function Queue() {
  const open = query.value.get("open");
  const columns: Column<Job>[] = [
    { name: "id", label: "#", sorts: true, number: true, cell: (job) => job.id },
    { name: "kind", label: t.kind(), main: true, cell: (job) => job.kind },
    { name: "state", label: t.state(), cell: (job) => <Badge tone={stateTone(job.state)}>{wordOf(job.state)}</Badge> },
    { name: "attempt", label: t.attempt(), cell: (job) => `${job.attempt} / ${job.max_attempts}` },
    { name: "queue", label: t.queue(), cell: (job) => job.queue },
    { name: "due_at", label: t.due(), sorts: true, cell: (job) => <When at={job.due_at} /> },
    { name: "finished_at", label: t.finished(), cell: (job) => <When at={job.finished_at} /> },
    { name: "error", label: t.error(), cell: (job) => job.error && <span class="small">{job.error.slice(0, 80)}</span> },
  ];
  return (
    <List<Job> name="jobs" caption={t.jobs()} columns={columns} id={(job) => job.id} nameOf={(job) => `${job.kind} #${job.id}`} sort="-id" opens empty={t.none()}
      filters={[{ name: "state", label: t.state(), choices: STATES.map((value) => ({ value, label: wordOf(value) })) }]} also={["kind", "schedule"]}
      load={(asked, signal) => ok(api.GET("/api/v1/admin/jobs", { params: { query: asked as object }, signal }))}
      tools={(reload, rows) => (
        <>
          <Button icon="refresh" label={ui.reload()} onClick={reload} />
          {query.value.get("state") === "dead" && Boolean(rows?.length) && (
            <Button onClick={async () => {
              const answer = await ok(api.POST("/api/v1/admin/jobs/retry", { body: { state: "dead" } }));
              toast(t.retried({ n: answer.data.count }));
              await reload();
            }}>{t.retryAll()}</Button>
          )}
        </>
      )}>
      {(reload) => open && (open === "new"
        ? <EnqueueSheet onClose={() => setQuery({ open: "" })} changed={reload} />
        : <JobSheet key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />)}
    </List>
  );
}

function Schedules() {
  const open = query.value.get("open");
  const list = useQuery("schedules", (signal) => ok(api.GET("/api/v1/admin/schedules", { signal })).then((answer) => answer.data));
  const columns: Column<Schemas["Schedule"]>[] = [
    { name: "name", label: t.schedule(), main: true, cell: (row) => row.name },
    { name: "cron", label: t.cron(), cell: (row) => <span class="mono nowrap">{row.cron}</span> },
    { name: "zone", label: t.zone(), cell: (row) => row.zone },
    { name: "enabled", label: t.state(), cell: (row) => <Badge tone={row.enabled ? "ok" : "neutral"}>{row.enabled ? t.on() : t.off()}</Badge> },
    { name: "last_at", label: t.last(), cell: (row) => <When at={row.last_at} /> },
    { name: "next_at", label: t.next(), cell: (row) => <When at={row.next_at} /> },
    { name: "missed", label: t.missed(), number: true, cell: (row) => count(row.missed_count) },
    {
      name: "run", label: t.runNow(), cell: (row) => (
        <Button compact icon="play" label={t.runOne({ name: row.name })} onClick={async () => {
          await ok(api.POST("/api/v1/admin/schedules/{schedule}/run", { params: { path: { schedule: row.name } } }));
          toast(t.enqueued());
        }} />
      ),
    },
  ];
  return (
    <>
      <Pending of={list} bare />
      <Table caption={t.schedules()} columns={columns} rows={list.data.value} id={(row) => row.name} nameOf={(row) => row.name} onOpen={(row) => setQuery({ open: row.name })} empty={<Empty title={t.noneSchedules()} />} />
      {open && open !== "new" && <ScheduleSheet key={open} name={open} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </>
  );
}

const EVERY = 5000;

function Queues() {
  const list = useQuery("queues", async (signal) => {
    const { data } = await ok(api.GET("/api/v1/admin/jobs/stats", { signal }));
    return Promise.all(data.map(async (stats) => ({
      ...stats, ...(await ok(api.GET("/api/v1/admin/queues/{queue}", { params: { path: { queue: stats.queue } }, signal }))).data,
    })));
  });
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && void list.reload(), EVERY);
    return () => clearInterval(timer);
  }, []);
  type Row = NonNullable<typeof list.data.value>[number];
  const change = async (row: Row, body: Schemas["UpdateQueue"]) => {
    await ok(api.PATCH("/api/v1/admin/queues/{queue}", { params: { path: { queue: row.queue } }, body }));
    toast(ui.saved());
    await list.reload();
  };
  const number = (name: "queued" | "retrying" | "running" | "waiting" | "dead"): Column<Row> => ({ name, label: wordOf(name), number: true, cell: (row) => count(row[name]) });
  const columns: Column<Row>[] = [
    { name: "queue", label: t.queue(), main: true, cell: (row) => row.queue },
    { name: "paused", label: t.state(), cell: (row) => <Badge tone={row.paused ? "warn" : "ok"}>{row.paused ? t.paused() : t.on()}</Badge> },
    number("queued"), number("running"), number("retrying"), number("waiting"), number("dead"),
    { name: "per_minute", label: t.perMinute(), number: true, cell: (row) => decimal(row.per_minute) },
    { name: "p99", label: "p99", number: true, cell: (row) => (row.p99_ms === null ? "–" : duration(row.p99_ms)) },
    { name: "concurrency", label: t.concurrency(), number: true, cell: (row) => row.concurrency ?? "–" },
    { name: "more", label: ui.more(), cell: (row) => <Menu label={`${ui.more()}: ${row.queue}`} actions={[
      row.paused ? { label: t.resume(), icon: "play", does: () => change(row, { paused: false }) } : { label: t.pause(), icon: "pause", does: () => change(row, { paused: true }) },
      null, t.concurrency(),
      ...[1, 2, 4, 8].map((many) => ({ label: String(many), checked: row.concurrency === many, does: () => change(row, { concurrency: many }) })),
      { label: t.unlimited(), checked: row.concurrency === null, does: () => change(row, { concurrency: null }) },
    ]} /> },
  ];
  return (
    <>
      <Pending of={list} bare />
      {list.waiting.value ? <Skeleton block /> : <Table caption={t.queues()} columns={columns} rows={list.data.value} id={(row) => row.queue} nameOf={(row) => row.queue} empty={<Empty title={t.noneQueues()} />} />}
    </>
  );
}
