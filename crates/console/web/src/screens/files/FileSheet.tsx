// One file: preview, what is known of it, links.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok, tagged, type Schemas } from "../../api/client";
import { blob, raw } from "../../api/http";
import { useQuery } from "../../api/query";
import { can } from "../../api/session";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { Secret } from "../../ui/Copy";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { Skeleton } from "../../ui/Empty";
import { SelectField, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { Person } from "../../ui/People";
import { Tabs } from "../../ui/Tabs";
import { toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { save } from "../../ui/save";
import { ui } from "../../ui/words";
import { bytes, dateTime } from "../../words/format";
import { t, TYPES, wordOf } from "./words";

type StoredFile = Schemas["StoredFile"];

const HOUR = 3600;
const TEXT_SHOWN = 20_000;

function valuesOf(file: Partial<StoredFile>): Values {
  return { filename: file.filename ?? "", type: file.type ?? "document", visibility: file.visibility ?? "private" };
}

function Preview({ file }: { file: StoredFile }) {
  const url = useSignal("");
  const text = useSignal<string | null>(null);
  const isPicture = file.mime_type.startsWith("image/");
  const isSound = file.mime_type.startsWith("audio/");
  const isText = file.mime_type.startsWith("text/") && file.size < 1_000_000;
  useEffect(() => {
    if (!isPicture && !isSound && !isText) return;
    const control = new AbortController();
    let made = "";
    blob(`/api/v1/files/${file.id}/download${isPicture ? "?variant=small" : ""}`, control.signal).then(async (bytes) => {
      if (isText) text.value = (await bytes.text()).slice(0, TEXT_SHOWN);
      else url.value = made = URL.createObjectURL(bytes);
    }).catch(() => undefined);
    return () => {
      control.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [file.sha256]);
  if (!isPicture && !isSound && !isText) return <p class="muted">{t.noPreview()}</p>;
  if (text.value !== null) return <pre class="preview" tabIndex={0}>{text.value}</pre>;
  if (!url.value) return <Skeleton block />;
  return isPicture ? <img class="preview" src={url.value} alt={file.filename} /> : <audio controls src={url.value} />;
}

export function FileSheet({ id, onClose, changed }: { id: number; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("details");
  const one = useQuery(`file ${id}`, (signal) => tagged(api.GET("/api/v1/files/{id}", { params: { path: { id } }, signal })));
  const file = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const writes = can("files:write");
  const remove = async () => {
    if (!file || !(await sure(t.deleteMany({ n: 1 }), `${file.filename}. ${t.deleteText()}`, ui.delete()))) return;
    await ok(api.DELETE("/api/v1/files/{id}", { params: { path: { id } } }));
    toast(t.deleted());
    onClose();
    await changed();
  };
  const details = () => file && (
    <>
      <Preview file={file} />
      {writes && (
        <Form key={etag} initial={valuesOf(file)} submit={ui.save()} valuesOf={(current) => valuesOf(current as Partial<StoredFile>)}
          labels={{ filename: t.filename(), type: t.kind(), visibility: t.visibility() }} display={(field, value) => (field === "filename" ? value : wordOf(value))}
          onSubmit={async (values, change) => {
            await ok(api.PATCH("/api/v1/files/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(values, change) as Schemas["UpdateFile"] }));
            toast(ui.saved());
            await Promise.all([one.reload(), changed()]);
          }}>
          <TextField name="filename" label={t.filename()} required />
          <div class="pair">
            <SelectField name="type" label={t.kind()} choices={TYPES.map((value) => ({ value, label: wordOf(value) }))} />
            <SelectField name="visibility" label={t.visibility()} choices={["private", "public"].map((value) => ({ value, label: wordOf(value) }))} />
          </div>
        </Form>
      )}
      <dl class="facts small">
        <dt>{t.size()}</dt><dd>{bytes(file.size)}{file.width ? ` · ${file.width} × ${file.height}` : ""}</dd>
        <dt>{t.kind()}</dt><dd>{file.mime_type}</dd>
        <dt>{t.hash()}</dt><dd class="mono">{file.sha256}</dd>
        <dt>{t.owner()}</dt><dd><Person id={file.owner_id} plain /></dd>
        <dt>{t.uploaded()}</dt><dd><When at={file.uploaded_at} /></dd>
      </dl>
    </>
  );
  return (
    <Dialog title={file?.filename ?? "…"} look="sheet" onClose={onClose} actions={file && (
      <>
        <Button icon="download" label={t.download()} look="quiet" onClick={async () => save(await raw("GET", `/api/v1/files/${id}/download`), file.filename)} />
        {writes && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}
      </>
    )}>
      <Pending of={one} block />
      {file && (
        <Tabs label={file.filename} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          { name: "details", label: t.details(), content: details },
          { name: "links", label: t.links(), content: () => <Links id={id} /> },
        ]} />
      )}
    </Dialog>
  );
}

function Links({ id }: { id: number }) {
  const list = useQuery(`links ${id}`, (signal) => ok(api.GET("/api/v1/files/{id}/shares", { params: { path: { id } }, signal })).then((answer) => answer.data));
  const made = useSignal("");
  const choices = [{ value: String(HOUR), label: t.hour() }, { value: String(24 * HOUR), label: t.day() }, { value: String(7 * 24 * HOUR), label: t.week() }];
  return (
    <>
      <Pending of={list} bare />
      {list.data.value?.length === 0 && <p class="muted">{t.linksNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((link) => (
          <li key={link.id}>
            <span class="grow">{t.until({ time: dateTime(link.expires_at) })} <span class="muted small"><Person id={link.created_by} plain /></span></span>
            {can("files:write") && (
              <Button compact look="danger" onClick={async () => {
                await ok(api.DELETE("/api/v1/files/{id}/shares/{share_id}", { params: { path: { id, share_id: link.id } } }));
                await list.reload();
              }}>{t.revoke()}</Button>
            )}
          </li>
        ))}
      </ul>
      {can("files:write") && (
        <Form initial={{ expires_in: String(24 * HOUR) }} submit={t.createLink()} onSubmit={async ({ expires_in }, change) => {
          const answer = await ok(api.POST("/api/v1/files/{id}/share", { params: { path: { id }, header: { "Idempotency-Key": change.key } }, body: { expires_in: Number(expires_in) } }));
          made.value = new URL(answer.data.url, location.origin).href;
          await list.reload();
        }}>
          <SelectField name="expires_in" label={t.expires()} choices={choices} />
        </Form>
      )}
      {made.value && <><Banner>{ui.once()}</Banner><Secret label={t.share()} value={made.value} /></>}
    </>
  );
}
