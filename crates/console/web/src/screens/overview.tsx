// What the server is doing, in one page.
import { useEffect } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client";
import { data } from "../api/http";
import { ApiError } from "../api/problem";
import { useQuery } from "../api/query";
import { can, me } from "../api/session";
import { href } from "../app/router";
import { shell } from "../app/words";
import { Badge, type Tone } from "../ui/Badge";
import { Banner } from "../ui/Banner";
import { Skeleton } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { When } from "../ui/When";
import { words, wordFor } from "../words";
import { bytes, count, percent } from "../words/format";
import { t as tasks } from "./tasks/words";
import { terms } from "../words/terms";

const t = { ...terms, ...words({
  activeDay: ["Active today", "Actifs aujourd’hui", "今日活跃"],
  activeMinute: ["Active this minute", "Actifs cette minute", "本分钟活跃"],
  activeHour: ["Active this hour", "Actifs cette heure", "本小时活跃"],
  assigned: ["Your open tasks", "Vos tâches ouvertes", "您的未完成任务"],
  deadJobs: [["{n} job has failed for good.", "{n} jobs have failed for good."], ["{n} tâche de fond a échoué définitivement.", "{n} tâches de fond ont échoué définitivement."], "{n} 个后台任务彻底失败。"],
  degraded: ["A part of the server does not work.", "Une partie du serveur ne fonctionne pas.", "服务器的某个部分无法工作。"],
  dependency: ["{name} is {state}.", "{name} : {state}.", "{name}：{state}。"],
  down: ["down", "hors service", "不可用"],
  files: ["Files", "Fichiers", "文件"],
  health: ["Health", "État de santé", "健康状况"],
  messages: ["Messages sent", "Messages envoyés", "已发送消息"],
  newUsers: ["New users today", "Nouveaux utilisateurs aujourd’hui", "今日新用户"],
  noTasks: ["Nothing is waiting for you.", "Rien ne vous attend.", "没有等待您处理的任务。"],
  ok: ["ok", "ok", "正常"],
  progress: ["Completion rate", "Taux d’achèvement", "完成率"],
  queue: ["Jobs by state", "Tâches de fond par état", "后台任务状态"],
  sessions: ["Active sessions", "Sessions actives", "活跃会话"],
  storage: ["Storage", "Stockage", "存储"],
  total: ["Tasks", "Tâches", "任务"],
  tracks: ["Tracks", "Pistes", "音轨"],
  up: ["ok", "ok", "正常"],
  users: ["Users", "Utilisateurs", "用户"],
  welcome: ["Hello, {name}", "Bonjour, {name}", "您好，{name}"],
}) };

/** Which counts there are depends on the modules of the program. */
type Dashboard = Record<string, number | string>;

const JOBS = ["queued", "running", "retrying", "waiting", "dead"] as const;

const EVERY = 5000;
const GOOD = new Set(["up", "ok", "ready", "healthy"]);

function readiness(signal: AbortSignal): Promise<Schemas["Readiness"]> {
  // 503 carries the same body: which dependency is away is what an operator wants to know.
  return fetch("/ready", { signal }).then((response) => response.json() as Promise<Schemas["Readiness"]>);
}

/** A server without this operation has no dashboard. */
async function dashboard(signal: AbortSignal): Promise<Dashboard | null> {
  if (!can("monitoring:read")) return null;
  try {
    return await data<Dashboard>("GET", "/api/v1/admin/dashboard", undefined, { signal });
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 403)) return null;
    throw error;
  }
}

interface Alert {
  id: number;
  rule: string;
  series: string;
}

/** Rules that are broken now; a program without monitoring has none. */
function firing(signal: AbortSignal): Promise<Alert[]> {
  if (!can("monitoring:read")) return Promise.resolve([]);
  return data<Alert[]>("GET", "/api/v1/monitoring/alerts?state=firing", undefined, { signal }).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  });
}

export default function Overview() {
  const ready = useQuery("ready", readiness);
  const figures = useQuery("dashboard", dashboard, ["task", "file"]);
  const alerts = useQuery("firing", (signal) => firing(signal), ["alert"]);
  const stats = useQuery("task stats", (signal) => (can("tasks:read") ? ok(api.GET("/api/v1/tasks/stats", { signal })).then((answer) => answer.data) : Promise.resolve(null)), ["task"]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return;
      void ready.reload();
      void figures.reload();
      void alerts.reload();
    }, EVERY);
    return () => clearInterval(timer);
  }, []);

  const counts = figures.data.value;
  const jobs = JOBS.flatMap((state) => (typeof counts?.[`jobs_${state}`] === "number" ? [[state, counts[`jobs_${state}`] as number] as const] : []));

  return (
    <>
      <header><h1>{t.welcome({ name: me.value?.first_name || me.value?.username || "" })}</h1></header>
      <Warnings ready={ready.data.value} alerts={alerts.data.value ?? []} dead={jobs.find(([state]) => state === "dead")?.[1] ?? 0} />
      <Pending of={figures} bare />
      {figures.waiting.value ? <Skeleton block /> : figures.data.value && <Figures of={figures.data.value} />}
      <div class="columns">
        {can("tasks:read") && <OwnTasks />}
        <section class="card">
          <h2>{t.health()}</h2>
          <Pending of={ready} bare />
          {!ready.data.value && !ready.error.value && <Skeleton />}
          <ul class="lines">
            {ready.data.value?.dependencies.map((part) => (
              <li key={part.name}><span class="grow">{part.name} <span class="muted small">{part.kind}</span></span><Badge tone={GOOD.has(part.state) ? "ok" : "warn"}>{wordFor(t, part.state)}</Badge></li>
            ))}
          </ul>
        </section>
        {stats.data.value && (
          <section class="card">
            <h2>{shell.tasks()}</h2>
            <div class="stats">
              <Stat label={tasks.pending()} value={count(stats.data.value.by_status.pending)} to={href("tasks", { status: "pending" })} />
              <Stat label={tasks.in_progress()} value={count(stats.data.value.by_status.in_progress)} to={href("tasks", { status: "in_progress" })} />
              <Stat label={tasks.overdue()} value={count(stats.data.value.overdue)} to={href("tasks", { overdue: "true" })} />
              <Stat label={t.progress()} value={percent(stats.data.value.completion_rate)} />
            </div>
          </section>
        )}
        {jobs.length > 0 && (
          <section class="card">
            <h2>{t.queue()}</h2>
            <ul class="lines">
              {jobs.map(([state, many]) => (
                <li key={state}>
                  <span class="grow"><Badge tone={jobTone(state, many)}>{wordFor(t, state)}</Badge></span>
                  <b>{count(many)}</b>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </>
  );
}

function jobTone(state: string, many: number): Tone {
  if (!many) return "neutral";
  return state === "dead" ? "danger" : state === "retrying" ? "warn" : state === "succeeded" ? "ok" : "info";
}

function Warnings({ ready, alerts, dead }: { ready: Schemas["Readiness"] | undefined; alerts: readonly Alert[]; dead: number }) {
  const down = ready?.dependencies.filter((part) => !GOOD.has(part.state)) ?? [];
  if (!down.length && !dead && !alerts.length) return null;
  return (
    <div role="status">
      <Banner look="warn">
        {down.length > 0 && <strong>{t.degraded()}</strong>}
        {down.map((part) => <span key={part.name}>{t.dependency({ name: part.name, state: wordFor(t, part.state) })}</span>)}
        {alerts.map((alert) => <span key={alert.id}><a href={href("monitoring", { tab: "alerts" })}>{alert.rule}</a> {alert.series}</span>)}
        {dead > 0 && <span>{can("jobs:manage") ? <a href={href("jobs", { state: "dead" })}>{t.deadJobs({ n: dead })}</a> : t.deadJobs({ n: dead })}</span>}
      </Banner>
    </div>
  );
}

function Stat({ label, value, to }: { label: string; value: string; to?: string }) {
  const inner = <><span class="value">{value}</span><span class="label">{label}</span></>;
  return to ? <a class="stat" href={to}>{inner}</a> : <div class="stat">{inner}</div>;
}

function Figures({ of }: { of: Dashboard }) {
  const all: [name: string, label: string, to?: string | false][] = [
    ["users_count", t.users(), can("users:manage") && href("users")],
    ["new_users_today", t.newUsers(), can("users:manage") && href("users", { sort: "-created_at" })],
    ["active_sessions", t.sessions()],
    ["active_users_minute", t.activeMinute()],
    ["active_users_hour", t.activeHour()],
    ["active_users_day", t.activeDay()],
    ["tasks_count", t.total(), href("tasks")],
    ["files_count", t.files(), href("files")],
    ["storage_used_bytes", t.storage()],
    ["products_count", t.products(), can("catalog:manage") && href("catalogue")],
    ["messages_count", t.messages(), can("chat:read") && href("chat")],
    ["tracks_count", t.tracks()],
  ];
  return (
    <div class="stats">
      {all.map(([name, label, to]) => {
        const value = of[name];
        if (typeof value !== "number" || (name === "tracks_count" && !value)) return null;
        return <Stat key={name} label={label} value={name.endsWith("_bytes") ? bytes(value) : count(value)} {...(to && { to })} />;
      })}
    </div>
  );
}

function OwnTasks() {
  const id = me.value?.id ?? 0;
  const list = useQuery("own tasks", (signal) => ok(api.GET("/api/v1/tasks", { params: { query: { assignee_id: id, sort: "due_date", limit: 20 } }, signal })), ["task"]);
  const open = list.data.value?.data.filter((task) => task.status !== "completed").slice(0, 6);
  return (
    <section class="card">
      <h2>{t.assigned()}</h2>
      <Pending of={list} />
      {open?.length === 0 && <p class="muted">{t.noTasks()}</p>}
      <ul class="lines">
        {open?.map((task) => (
          <li key={task.id}><a class="grow" href={href("tasks", { open: task.id })}>{task.title}</a><span class="muted small"><When at={task.due_date} /></span></li>
        ))}
      </ul>
    </section>
  );
}
