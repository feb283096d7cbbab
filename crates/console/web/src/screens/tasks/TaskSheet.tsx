// One task: its form, comments and files.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { api, key, ok, tagged, type Schemas } from "../../api/client";
import { raw } from "../../api/http";
import { useQuery } from "../../api/query";
import { can, me } from "../../api/session";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { nameOf, Person, PersonField } from "../../ui/People";
import { Tabs } from "../../ui/Tabs";
import { fail, toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { save } from "../../ui/save";
import { localTime, utcTime } from "../../ui/times";
import { ui } from "../../ui/words";
import { bytes } from "../../words/format";
import { PRIORITIES, STATUSES, t, wordOf } from "./words";

type Task = Schemas["Task"];

function valuesOf(task: Partial<Task>): Values {
  return {
    title: task.title ?? "",
    description: task.description ?? "",
    status: task.status ?? "pending",
    priority: task.priority ?? "medium",
    due_date: localTime(task.due_date),
    assignee_id: task.assignee_id ? String(task.assignee_id) : "",
    tags: (task.tags ?? []).join(", "),
  };
}

function bodyOf(values: Values) {
  return {
    title: values["title"] ?? "",
    description: values["description"] ?? "",
    status: values["status"] as Task["status"],
    priority: values["priority"] as Task["priority"],
    due_date: utcTime(values["due_date"]),
    assignee_id: Number(values["assignee_id"]) || null,
    tags: (values["tags"] ?? "").split(/[,，]/).map((tag) => tag.trim()).filter(Boolean),
  };
}

export async function restore(id: number): Promise<void> {
  await ok(api.POST("/api/v1/tasks/{id}/restore", { params: { path: { id } } }));
  toast(t.restored());
}

function display(field: string, value: string): string {
  if (field === "assignee_id") return value && nameOf(Number(value));
  return field === "status" || field === "priority" ? wordOf(value) : value;
}

export function TaskSheet({ id, onClose, changed }: { id: number | null; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("details");
  const one = useQuery(`task ${id}`, async (signal) => (id === null ? null : tagged(api.GET("/api/v1/tasks/{id}", { params: { path: { id } }, signal }))));
  const task = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const labels = { title: t.title(), description: t.description(), status: t.status(), priority: t.priority(), due_date: t.due(), assignee_id: t.assignee(), tags: t.tags() };

  const fields = (
    <>
      <TextField name="title" label={t.title()} required autofocus={id === null} />
      <TextArea name="description" label={t.description()} />
      <div class="pair">
        <SelectField name="status" label={t.status()} choices={STATUSES.map((value) => ({ value, label: wordOf(value) }))} />
        <SelectField name="priority" label={t.priority()} choices={PRIORITIES.map((value) => ({ value, label: wordOf(value) }))} />
      </div>
      <div class="pair">
        <TextField name="due_date" label={t.due()} type="datetime-local" />
        <PersonField name="assignee_id" label={t.assignee()} />
      </div>
      <TextField name="tags" label={t.tags()} hint={t.tagsHint()} />
    </>
  );
  if (id === null) {
    return (
      <Dialog title={t.create()} look="sheet" onClose={onClose}>
        <Form initial={valuesOf({})} submit={ui.create()} onCancel={onClose} onSubmit={async (values, change) => {
          await ok(api.POST("/api/v1/tasks", { body: bodyOf(values), params: { header: { "Idempotency-Key": change.key } } }));
          toast(ui.saved());
          onClose();
          await changed();
        }}>{fields}</Form>
      </Dialog>
    );
  }

  const remove = async () => {
    if (!task || !(await sure(t.deleteOne({ name: task.title }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/tasks/{id}", { params: { path: { id } } }));
    toast(t.deleted(), async () => {
      await restore(id);
      await changed();
    });
    onClose();
    await changed();
  };
  return (
    <Dialog title={task?.title ?? "…"} look="sheet" onClose={onClose}
      actions={task && can("tasks:write") && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} lines={5} />
      {task && (
        <Tabs label={task.title} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          {
            name: "details", label: t.details(), content: () => (
              <>
                <Form key={etag} initial={valuesOf(task)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<Task>)} labels={labels} display={display}
                  onSubmit={async (values, change) => {
                    await ok(api.PATCH("/api/v1/tasks/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(bodyOf(values), change) }));
                    toast(ui.saved());
                    await Promise.all([one.reload(), changed()]);
                  }}>{fields}</Form>
                <dl class="facts small">
                  <dt>{t.owner()}</dt><dd><Person id={task.user_id} /></dd>
                  <dt>{t.created()}</dt><dd><When at={task.created_at} /></dd>
                  {task.completed_at && <><dt>{t.completed()}</dt><dd><When at={task.completed_at} /></dd></>}
                </dl>
              </>
            ),
          },
          { name: "comments", label: t.comments(), content: () => <Comments id={id} /> },
          ...(can("files:read") ? [{ name: "files", label: t.attachments(), content: () => <Attachments id={id} /> }] : []),
        ]} />
      )}
    </Dialog>
  );
}

function Comments({ id }: { id: number }) {
  const list = useQuery(`comments ${id}`, (signal) => ok(api.GET("/api/v1/tasks/{id}/comments", { params: { path: { id }, query: { limit: 100 } }, signal })), ["task"]);
  const round = useSignal(0);
  const comments = list.data.value?.data;
  return (
    <>
      <Pending of={list} />
      {comments?.length === 0 && <p class="muted">{t.noComments()}</p>}
      <ul class="lines">
        {comments?.map((comment) => (
          <li key={comment.id}>
            <span class="grow stack tight">
              <span class="row small"><Person id={comment.user_id} /><span class="muted"><When at={comment.created_at} /></span></span>
              <span>{comment.content}</span>
            </span>
            {comment.user_id === me.value?.id && (
              <Button icon="trash" label={ui.delete()} look="quiet" compact onClick={async () => {
                await ok(api.DELETE("/api/v1/tasks/{id}/comments/{comment_id}", { params: { path: { id, comment_id: comment.id } } }));
                await list.reload();
              }} />
            )}
          </li>
        ))}
      </ul>
      {can("tasks:write") && (
        <Form key={round.value} initial={{ content: "" }} submit={t.send()} onSubmit={async ({ content = "" }, change) => {
          await ok(api.POST("/api/v1/tasks/{id}/comments", { params: { path: { id }, header: { "Idempotency-Key": change.key } }, body: { content } }));
          await list.reload();
          round.value += 1;
        }}>
          <TextArea name="content" label={t.add()} rows={3} />
        </Form>
      )}
    </>
  );
}

function Attachments({ id }: { id: number }) {
  const list = useQuery(`attachments ${id}`, (signal) => ok(api.GET("/api/v1/tasks/{id}/attachments", { params: { path: { id }, query: { limit: 100 } }, signal })), ["file"]);
  const input = useRef<HTMLInputElement>(null);
  const files = list.data.value?.data;
  const upload = async (file: File | undefined) => {
    if (!file) return;
    const form = new FormData();
    form.set("file", file);
    await raw("POST", `/api/v1/tasks/${id}/attachments`, form, { headers: { "idempotency-key": key() } });
    await list.reload();
  };
  return (
    <>
      <Pending of={list} bare />
      {files?.length === 0 && <p class="muted">{t.noFiles()}</p>}
      <ul class="lines">
        {files?.map((file) => (
          <li key={file.id}>
            <span class="grow">{file.filename} <span class="muted small">{bytes(file.size)}</span></span>
            <Button icon="download" compact look="quiet" label={t.export()} onClick={async () => save(await raw("GET", `/api/v1/files/${file.id}/download`), file.filename)} />
            {can("files:write") && (
              <Button icon="trash" compact look="quiet" label={ui.delete()} onClick={async () => {
                await ok(api.DELETE("/api/v1/tasks/{id}/attachments/{file_id}", { params: { path: { id, file_id: file.id } } }));
                await list.reload();
              }} />
            )}
          </li>
        ))}
      </ul>
      {can("files:write") && (
        <div>
          <input ref={input} type="file" hidden onChange={(event) => void upload(event.currentTarget.files?.[0]).catch(fail)} />
          <Button icon="upload" onClick={() => input.current?.click()}>{t.attach()}</Button>
        </div>
      )}
    </>
  );
}
