// Three lanes; a task is moved by dragging, or by its menu.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../../api/client";
import { can } from "../../api/session";
import { Badge } from "../../ui/Badge";
import { Skeleton } from "../../ui/Empty";
import { Menu } from "../../ui/Menu";
import { Person } from "../../ui/People";
import { fail } from "../../ui/Toast";
import { When } from "../../ui/When";
import { count } from "../../words/format";
import { priorityTone, STATUSES, t, wordOf } from "./words";

type Task = Schemas["Task"];

export function Board({ tasks, onOpen, changed }: { tasks: readonly Task[] | undefined; onOpen: (task: Task) => void; changed: () => Promise<void> }) {
  const dragged = useSignal<Task | null>(null);
  const over = useSignal<string>("");
  const writes = can("tasks:write");
  if (!tasks) return <Skeleton block />;

  const move = async (task: Task, status: Task["status"]) => {
    if (task.status === status) return;
    try {
      await ok(api.PATCH("/api/v1/tasks/{id}", { params: { path: { id: task.id } }, body: { status } }));
    } catch (error) {
      fail(error);
    }
    await changed();
  };
  return (
    <div class="board">
      {STATUSES.map((status) => {
        const lane = tasks.filter((task) => task.status === status);
        return (
          <section key={status} class={over.value === status ? "lane over" : "lane"} aria-label={wordOf(status)}
            onDragOver={(event) => {
              if (!dragged.peek()) return;
              event.preventDefault();
              over.value = status;
            }}
            onDragLeave={() => (over.value = "")}
            onDrop={(event) => {
              event.preventDefault();
              over.value = "";
              const task = dragged.peek();
              dragged.value = null;
              if (task) void move(task, status);
            }}>
            <header><h2>{wordOf(status)}</h2><span class="muted">{count(lane.length)}</span></header>
            {lane.map((task) => (
              <article key={task.id} class="tile" draggable={writes} onDragStart={() => (dragged.value = task)} onDragEnd={() => (dragged.value = null)}>
                <div class="row apart">
                  <button type="button" class="open grow" onClick={() => onOpen(task)}>{task.title}</button>
                  {writes && <Menu actions={STATUSES.filter((other) => other !== status).map((other) => ({ label: t.moveTo({ status: wordOf(other) }), does: () => move(task, other) }))} />}
                </div>
                <div class="row small">
                  {task.priority !== "medium" && <Badge tone={priorityTone(task.priority)}>{wordOf(task.priority)}</Badge>}
                  {task.assignee_id != null && <Person id={task.assignee_id} />}
                  {task.due_date && <span class="muted"><When at={task.due_date} /></span>}
                </div>
              </article>
            ))}
          </section>
        );
      })}
    </div>
  );
}
