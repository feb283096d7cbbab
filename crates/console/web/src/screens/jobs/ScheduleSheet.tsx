// When jobs of a kind are enqueued by themselves, with the next times as they would be.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok, tagged, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { Pending } from "../../ui/Pending";
import { Dialog } from "../../ui/Dialog";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { Form, useFormValues, type Values } from "../../ui/Form";
import { reason, toast } from "../../ui/Toast";
import { ui } from "../../ui/words";
import { dateTime } from "../../words/format";
import { t } from "./words";

type Schedule = Schemas["Schedule"];

function valuesOf(schedule: Partial<Schedule>): Values {
  return {
    cron: schedule.cron ?? "", zone: schedule.zone ?? "UTC", enabled: schedule.enabled ? "true" : "",
    missed: schedule.missed ?? "last", overlap: schedule.overlap ?? "skip",
  };
}

function Preview({ schedule }: { schedule: string }) {
  const { cron = "", zone = "" } = useFormValues();
  const ticks = useSignal<string[]>([]);
  const fault = useSignal("");
  useEffect(() => {
    const control = new AbortController();
    const timer = setTimeout(() => {
      ok(api.GET("/api/v1/admin/schedules/{schedule}/preview", { params: { path: { schedule }, query: { cron, zone, count: 5 } }, signal: control.signal })).then(({ data }) => {
        ticks.value = data.ticks.map((tick) => tick.at);
        fault.value = "";
      }).catch((error: unknown) => {
        if (!control.signal.aborted) fault.value = reason(error);
      });
    }, 300);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [cron, zone]);
  return (
    <section class="stack tight" aria-live="polite">
      <h3>{t.preview()}</h3>
      {fault.value ? <p class="muted">{fault.value}</p> : <ul>{ticks.value.map((at) => <li key={at}>{dateTime(at)}</li>)}</ul>}
    </section>
  );
}

export function ScheduleSheet({ name, onClose, changed }: { name: string; onClose: () => void; changed: () => Promise<void> }) {
  const path = { schedule: name };
  const one = useQuery(`schedule ${name}`, (signal) => tagged(api.GET("/api/v1/admin/schedules/{schedule}", { params: { path }, signal })));
  const etag = one.data.value?.etag ?? "";
  const schedule = one.data.value?.body.data;
  return (
    <Dialog title={name} look="sheet" onClose={onClose}>
      <Pending of={one} />
      {schedule && (
        <Form key={etag} initial={valuesOf(schedule)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<Schedule>)}
          labels={{ cron: t.cron(), zone: t.zone(), enabled: t.enabled(), missed: t.missedWhat(), overlap: t.overlap() }}
          onSubmit={async (values, change) => {
            await ok(api.PATCH("/api/v1/admin/schedules/{schedule}", {
              params: { path, header: { "If-Match": change.etag ?? etag } },
              body: {
                cron: values["cron"] ?? "", zone: values["zone"] ?? "", enabled: values["enabled"] === "true",
                missed: values["missed"] as Schedule["missed"], overlap: values["overlap"] as Schedule["overlap"],
              },
            }));
            toast(ui.saved());
            await Promise.all([one.reload(), changed()]);
          }}>
          <div class="pair"><TextField name="cron" label={t.cron()} hint={t.cronHint()} mono /><TextField name="zone" label={t.zone()} /></div>
          <CheckField name="enabled" label={t.enabled()} />
          <div class="pair">
            <SelectField name="missed" label={t.missedWhat()} choices={[{ value: "skip", label: t.missedSkip() }, { value: "last", label: t.missedLast() }, { value: "all", label: t.missedAll() }]} />
            <SelectField name="overlap" label={t.overlap()} choices={[{ value: "skip", label: t.overlapSkip() }, { value: "queue", label: t.overlapQueue() }, { value: "allow", label: t.allow() }]} />
          </div>
          <Preview schedule={name} />
        </Form>
      )}
    </Dialog>
  );
}
