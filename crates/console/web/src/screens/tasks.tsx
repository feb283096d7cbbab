// Tasks as a list and as a board.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../api/client";
import { raw } from "../api/http";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Pending } from "../ui/Pending";
import { sure } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Filter, SearchBox } from "../ui/Field";
import { Menu } from "../ui/Menu";
import { Pager, type PageInfo } from "../ui/Pager";
import { Person } from "../ui/People";
import { Table, type Column } from "../ui/Table";
import { When } from "../ui/When";
import { toast } from "../ui/Toast";
import { ui } from "../ui/words";
import { save } from "../ui/save";
import { Board } from "./tasks/Board";
import { restore, TaskSheet } from "./tasks/TaskSheet";
import { PRIORITIES, priorityTone, STATUSES, statusTone, t, wordOf } from "./tasks/words";

type Task = Schemas["Task"];
type Query = NonNullable<import("../api/schema").paths["/api/v1/tasks"]["get"]["parameters"]["query"]>;

const BOARD_LIMIT = 100;

function asked(): Query {
  const text = (name: string) => query.value.get(name) ?? "";
  return {
    ...(text("status") && { status: text("status") as Task["status"] }),
    ...(text("priority") && { priority: text("priority") as Task["priority"] }),
    ...(text("q") && { q: text("q") }),
    ...(text("tag") && { tag: text("tag") }),
    ...(text("overdue") && { overdue: true }),
    sort: text("sort") || "-created_at",
  };
}

export default function Tasks() {
  const view = query.value.get("view") === "board" ? "board" : "list";
  const open = query.value.get("open");
  const selected = useSignal<ReadonlySet<number | string>>(new Set());
  const filter = asked();
  const page = view === "board" ? { limit: BOARD_LIMIT } : { page: Number(query.value.get("page")) || 1, limit: Number(query.value.get("limit")) || 20 };
  const list = useQuery(`tasks ${JSON.stringify({ filter, page })}`, (signal) => ok(api.GET("/api/v1/tasks", { params: { query: { ...filter, ...page } }, signal })), ["task"]);
  const rows = list.data.value?.data;
  const writes = can("tasks:write");

  const update = async (data: Schemas["UpdateTask"]) => {
    const ids = [...selected.peek()].map(Number);
    await ok(api.POST("/api/v1/tasks/bulk", { body: { operations: ids.map((id) => ({ op: "update" as const, id, data: data as Record<string, never> })) } }));
    selected.value = new Set();
    toast(ui.saved());
    await list.reload();
  };
  const removeChosen = async () => {
    const ids = [...selected.peek()].map(Number);
    const names = (rows ?? []).filter((task) => ids.includes(task.id)).slice(0, 3).map((task) => task.title).join(", ");
    if (!(await sure(t.deleteMany({ n: ids.length }), `${names}${ids.length > 3 ? "…" : ""} ${t.deleteText()}`, ui.delete(), ids.length))) return;
    await ok(api.POST("/api/v1/tasks/bulk", { body: { operations: ids.map((id) => ({ op: "delete" as const, id })) } }));
    selected.value = new Set();
    toast(t.deletedMany({ n: ids.length }), async () => {
      for (const id of ids) await restore(id);
      await list.reload();
    });
    await list.reload();
  };
  const download = async (format: "csv" | "json" | "ics") => {
    const search = new URLSearchParams(Object.entries({ ...filter, format }).map(([name, value]) => [name, String(value)]));
    await save(await raw("GET", `/api/v1/tasks/export?${search}`), `tasks.${format}`);
  };

  const columns: Column<Task>[] = [
    { name: "title", label: t.title(), main: true, sorts: true, cell: (task) => task.title },
    { name: "status", label: t.status(), cell: (task) => <Badge tone={statusTone(task.status)}>{wordOf(task.status)}</Badge> },
    { name: "priority", label: t.priority(), sorts: true, cell: (task) => <Badge tone={priorityTone(task.priority)}>{wordOf(task.priority)}</Badge> },
    { name: "assignee", label: t.assignee(), cell: (task) => <Person id={task.assignee_id} /> },
    { name: "due_date", label: t.due(), sorts: true, cell: (task) => <span class={late(task) ? "row nowrap" : undefined}><When at={task.due_date} />{late(task) && <Badge tone="danger">{t.overdue()}</Badge>}</span> },
    { name: "tags", label: t.tags(), cell: (task) => <span class="row">{task.tags.slice(0, 3).map((tag) => <Badge key={tag} tone="plain">{tag}</Badge>)}{task.tags.length > 3 && <span class="muted">+{task.tags.length - 3}</span>}</span> },
    { name: "created_at", label: t.created(), sorts: true, cell: (task) => <When at={task.created_at} /> },
  ];
  const filtered = ["status", "priority", "q", "tag", "overdue"].some((name) => query.value.get(name));
  const change = (name: string) => (value: string) => setQuery({ [name]: value, page: "" }, name === "q" ? "replace" : "push");

  return (
    <>
      <header>
        <h1>{shell.tasks()}</h1>
        <Button icon="list" pressed={view === "list"} onClick={() => setQuery({ view: "" })}>{t.list()}</Button>
        <Button icon="grid" pressed={view === "board"} onClick={() => setQuery({ view: "board", page: "" })}>{t.board()}</Button>
        <Menu label={t.export()} button={{ icon: "download", look: "plain", compact: false }} actions={[
          { label: "CSV", does: () => download("csv") }, { label: "JSON", does: () => download("json") }, { label: "iCalendar", does: () => download("ics") },
        ]} />
        {writes && <Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>}
      </header>
      <div class="filters">
        <SearchBox label={t.search()} value={query.value.get("q") ?? ""} onChange={change("q")} />
        {view === "list" && <Filter label={t.status()} value={query.value.get("status") ?? ""} choices={STATUSES.map((value) => ({ value, label: wordOf(value) }))} onChange={change("status")} />}
        <Filter label={t.priority()} value={query.value.get("priority") ?? ""} choices={PRIORITIES.map((value) => ({ value, label: wordOf(value) }))} onChange={change("priority")} />
        <Button pressed={Boolean(query.value.get("overdue"))} onClick={() => change("overdue")(query.value.get("overdue") ? "" : "true")}>{t.overdue()}</Button>
        {query.value.get("tag") && <Button icon="close" onClick={() => change("tag")("")}>{query.value.get("tag")}</Button>}
      </div>
      <Pending of={list} bare />
      {view === "board" ? <Board tasks={rows} onOpen={(task) => setQuery({ open: task.id })} changed={list.reload} /> : (
        <Table caption={shell.tasks()} columns={columns} rows={rows} id={(task) => task.id} nameOf={(task) => task.title}
          sort={filter.sort ?? ""} onSort={(sort) => setQuery({ sort, page: "" })} onOpen={(task) => setQuery({ open: task.id })}
          {...(writes && { selected: selected.value, onSelect: (next: Set<number | string>) => (selected.value = next) })}
          empty={<Empty title={filtered ? t.noneFound() : t.none()}>
            {filtered
              ? <Button onClick={() => setQuery({ status: "", priority: "", q: "", tag: "", overdue: "", page: "" })}>{ui.clear()}</Button>
              : writes && <Button look="primary" icon="plus" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>}
          </Empty>} />
      )}
      {selected.value.size > 0 && view === "list" && (
        <div class="bulk" role="toolbar" aria-label={ui.chosen({ n: selected.value.size })}>
          <strong>{ui.chosen({ n: selected.value.size })}</strong>
          <Menu label={t.status()} button={{ children: t.status(), icon: "down", look: "plain" }} actions={STATUSES.map((status) => ({
            label: wordOf(status), does: () => update({ status }),
          }))} />
          <Menu label={t.priority()} button={{ children: t.priority(), icon: "down", look: "plain" }} actions={PRIORITIES.map((priority) => ({
            label: wordOf(priority), does: () => update({ priority }),
          }))} />
          <Button compact look="danger" icon="trash" onClick={removeChosen}>{ui.delete()}</Button>
          <Button compact look="quiet" onClick={() => (selected.value = new Set())}>{ui.clear()}</Button>
        </div>
      )}
      {view === "list" && <Pager info={list.data.value?.pagination as PageInfo | undefined} />}
      {view === "board" && rows?.length === BOARD_LIMIT && <p class="muted small">{t.boardLimit({ n: BOARD_LIMIT })}</p>}
      {open && <TaskSheet key={open} id={open === "new" ? null : Number(open)} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </>
  );
}

function late(task: Task): boolean {
  return task.status !== "completed" && task.due_date != null && new Date(task.due_date) < new Date();
}
