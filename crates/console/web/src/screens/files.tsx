// Files: a grid with pictures, uploads that go on after a break, links that need no sign-in.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client";
import { blob } from "../api/http";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { Filter, SearchBox } from "../ui/Field";
import { Icon } from "../ui/Icon";
import { Pager, type PageInfo } from "../ui/Pager";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { bytes, percent } from "../words/format";
import { DocumentDialog } from "./files/DocumentDialog";
import { FileSheet } from "./files/FileSheet";
import { dismiss, upload, uploads } from "./files/upload";
import { t, TYPES, wordOf } from "./files/words";

type StoredFile = Schemas["StoredFile"];

function Thumb({ file }: { file: StoredFile }) {
  const url = useSignal("");
  const isPicture = file.mime_type.startsWith("image/");
  useEffect(() => {
    if (!isPicture) return;
    const control = new AbortController();
    let made = "";
    blob(`/api/v1/files/${file.id}/download?variant=thumb`, control.signal).then((bytes) => {
      url.value = made = URL.createObjectURL(bytes);
    }).catch(() => undefined);
    return () => {
      control.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [file.id, file.sha256]);
  return <div class="thumb">{url.value ? <img src={url.value} alt="" loading="lazy" /> : <Icon name="file" size={28} />}</div>;
}

export default function Files() {
  const text = (name: string) => query.value.get(name) ?? "";
  const open = text("open");
  const asked = {
    ...(text("type") && { type: text("type") as StoredFile["type"] }),
    ...(text("q") && { q: text("q") }),
    sort: text("sort") || "-uploaded_at",
    page: Number(text("page")) || 1,
    limit: Number(text("limit")) || 20,
  };
  const list = useQuery(`files ${JSON.stringify(asked)}`, (signal) => ok(api.GET("/api/v1/files", { params: { query: asked }, signal })), ["file"]);
  const input = useRef<HTMLInputElement>(null);
  const over = useSignal(false);
  const writing = useSignal(false);
  const writes = can("files:write");
  const files = list.data.value?.data;
  const take = (chosen: FileList | null | undefined) => {
    for (const file of chosen ?? []) void upload(file, list.reload);
  };
  const change = (name: string) => (value: string) => setQuery({ [name]: value, page: "" }, name === "q" ? "replace" : "push");
  return (
    <div class={over.value ? "drop over stack" : "drop stack"}
      onDragOver={(event) => {
        if (!writes || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        if (writes) take(event.dataTransfer?.files);
      }}>
      <header class="row apart">
        <h1>{shell.files()}</h1>
        <span class="row">
          {writes && <Button icon="file" onClick={() => (writing.value = true)}>{t.newDocument()}</Button>}
          {writes && <Button icon="upload" look="primary" onClick={() => input.current?.click()}>{t.upload()}</Button>}
        </span>
        <input ref={input} type="file" multiple hidden aria-label={t.upload()} onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }} />
      </header>
      <div class="filters">
        <SearchBox label={t.search()} value={text("q")} onChange={change("q")} />
        <Filter label={t.kind()} value={text("type")} choices={TYPES.map((value) => ({ value, label: wordOf(value) }))} onChange={change("type")} />
      </div>
      {uploads.value.length > 0 && (
        <section class="card" aria-label={t.uploads()}>
          <ul class="lines">
            {uploads.value.map((one) => (
              <li key={one.key}>
                <span class="grow stack tight">
                  <span>{one.name}</span>
                  <progress class="unseen" max={one.size} value={one.sent} aria-label={one.name} />
                  <span class="meter" aria-hidden="true"><div ref={(bar) => {
                    if (bar) bar.style.width = `${one.size ? (one.sent / one.size) * 100 : 100}%`;
                  }} /></span>
                </span>
                <span class="muted small" role="status">
                  {one.state === "failed" ? t.failed({ why: one.error ?? "" }) : one.state === "waiting" ? t.paused()
                    : one.state === "done" ? t.stored() : `${t.progress({ sent: bytes(one.sent), size: bytes(one.size) })} · ${percent(one.size ? one.sent / one.size : 1)}`}
                </span>
                {(one.state === "done" || one.state === "failed") && <Button icon="close" compact look="quiet" label={ui.close()} onClick={() => dismiss(one.key)} />}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Pending of={list} block />
      {files?.length === 0 && (
        <Empty title={text("q") || text("type") ? t.noneFound() : t.none()}>
          {text("q") || text("type") ? <Button onClick={() => setQuery({ q: "", type: "", page: "" })}>{ui.clear()}</Button> : writes && <p>{t.drop()}</p>}
        </Empty>
      )}
      {files && files.length > 0 && (
        <ul class="tiles">
          {files.map((file) => (
            <li key={file.id}>
              <Thumb file={file} />
              <button type="button" class="open clip" title={file.filename} onClick={() => setQuery({ open: file.id })}>{file.filename}</button>
              <span class="row apart small muted"><span>{bytes(file.size)}</span><When at={file.uploaded_at} /></span>
              <span class="row"><Badge tone="plain">{wordOf(file.type)}</Badge>{file.visibility === "public" && <Badge tone="warn">{t.public()}</Badge>}</span>
            </li>
          ))}
        </ul>
      )}
      <Pager info={list.data.value?.pagination as PageInfo | undefined} />
      {writing.value && <DocumentDialog onClose={() => (writing.value = false)} made={list.reload} />}
      {open && <FileSheet key={open} id={Number(open)} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </div>
  );
}
