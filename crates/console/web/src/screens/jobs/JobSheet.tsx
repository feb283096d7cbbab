// One job with its runs, and the form for a new one.
import { useEffect } from "preact/hooks";
import { api, ok, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { Badge } from "../../ui/Badge";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { utcTime } from "../../ui/times";
import { duration } from "../../words/format";
import { stateTone, t, wordOf } from "./words";

const EVERY = 2000;
const OPEN = new Set(["queued", "retrying", "running", "waiting"]);

export function JobSheet({ id, onClose, changed }: { id: number; onClose: () => void; changed: () => Promise<void> }) {
  const one = useQuery(`job ${id}`, (signal) => ok(api.GET("/api/v1/admin/jobs/{id}", { params: { path: { id } }, signal })).then((answer) => answer.data));
  const job = one.data.value?.job;
  useEffect(() => {
    if (!job || !OPEN.has(job.state)) return;
    const timer = setInterval(() => void one.reload(), EVERY);
    return () => clearInterval(timer);
  }, [job?.state]);
  const act = async (what: "retry" | "cancel") => {
    const path = { params: { path: { id } } };
    await (what === "retry" ? ok(api.POST("/api/v1/admin/jobs/{id}/retry", path)) : ok(api.POST("/api/v1/admin/jobs/{id}/cancel", path)));
    await Promise.all([one.reload(), changed()]);
  };
  return (
    <Dialog title={job ? `${job.kind} #${job.id}` : "…"} look="sheet" onClose={onClose}>
      <Pending of={one} lines={5} />
      {job && (
        <>
          <div class="row">
            <Badge tone={stateTone(job.state)}>{wordOf(job.state)}</Badge>
            {(job.state === "dead" || job.state === "cancelled") && <Button compact icon="refresh" onClick={() => act("retry")}>{t.retry()}</Button>}
            {OPEN.has(job.state) && <Button compact look="danger" onClick={() => act("cancel")}>{t.cancel()}</Button>}
          </div>
          {job.error && <Banner look="danger"><span class="mono">{job.error}</span></Banner>}
          <dl class="facts">
            <dt>{t.queue()}</dt><dd>{job.queue} · {wordOf(job.priority)}</dd>
            <dt>{t.attempt()}</dt><dd>{job.attempt} / {job.max_attempts}</dd>
            <dt>{t.enqueuedAt()}</dt><dd><When at={job.enqueued_at} /></dd>
            <dt>{t.due()}</dt><dd><When at={job.due_at} /></dd>
            {job.finished_at && <><dt>{t.finished()}</dt><dd><When at={job.finished_at} /></dd></>}
            {job.schedule && <><dt>{t.schedule()}</dt><dd>{job.schedule}</dd></>}
          </dl>
          <section class="stack tight"><h3>{t.args()}</h3><pre tabIndex={0}>{JSON.stringify(job.args, null, 2)}</pre></section>
          <section class="stack tight">
            <h3>{t.runs()}</h3>
            {one.data.value?.runs.length === 0 && <p class="muted">{t.runsNone()}</p>}
            <ul class="lines">
              {one.data.value?.runs.map((run) => (
                <li key={run.run}>
                  <span class="grow stack tight">
                    <span class="row"><Badge tone={stateTone(run.outcome)}>{wordOf(run.outcome)}</Badge>{run.duration_ms !== null && duration(run.duration_ms)}</span>
                    <span class="muted small"><When at={run.started_at} /> · {t.worker()} {run.worker}</span>
                    {run.error && <span class="mono">{run.error}</span>}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </>
      )}
    </Dialog>
  );
}

function parsed(text: string): Record<string, never> {
  return text.trim() ? (JSON.parse(text) as Record<string, never>) : {};
}

export function EnqueueSheet({ onClose, changed }: { onClose: () => void; changed: () => Promise<void> }) {
  const kinds = useQuery("job kinds", (signal) => ok(api.GET("/api/v1/admin/jobs/kinds", { signal })).then((answer) => answer.data));
  return (
    <Dialog title={t.enqueue()} look="sheet" onClose={onClose}>
      <Pending of={kinds} />
      {kinds.data.value && (
        <Form initial={{ kind: kinds.data.value[0]?.kind ?? "", args: "{}", priority: "normal", run_at: "" }} submit={t.enqueue()} onCancel={onClose} onSubmit={async (values, change) => {
          await ok(api.POST("/api/v1/admin/jobs", {
            params: { header: { "Idempotency-Key": change.key } },
            body: { kind: values["kind"] ?? "", args: parsed(values["args"] ?? ""), priority: values["priority"] as Schemas["Priority"], run_at: utcTime(values["run_at"]) },
          }));
          toast(t.enqueued());
          onClose();
          await changed();
        }}>
          <SelectField name="kind" label={t.kind()} choices={kinds.data.value.map((kind) => ({ value: kind.kind, label: kind.kind }))} />
          <TextArea name="args" label={t.args()} mono />
          <div class="pair">
            <SelectField name="priority" label={t.priority()} choices={["low", "normal", "high", "urgent"].map((value) => ({ value, label: wordOf(value) }))} />
            <TextField name="run_at" label={t.due()} type="datetime-local" />
          </div>
        </Form>
      )}
    </Dialog>
  );
}

