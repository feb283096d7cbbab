// One thing that one owns: its form, and the files that belong to it. A new one begins with its product.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { api, key, ok, tagged, type Schemas } from "../../api/client";
import { raw } from "../../api/http";
import { useQuery } from "../../api/query";
import { can } from "../../api/session";
import { Button } from "../../ui/Button";
import { Dialog, sure } from "../../ui/Dialog";
import { SearchBox, SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { Pending } from "../../ui/Pending";
import { Tabs } from "../../ui/Tabs";
import { fail, toast } from "../../ui/Toast";
import { save } from "../../ui/save";
import { ui } from "../../ui/words";
import { bytes } from "../../words/format";
import { STATUSES, t, wordOf } from "./words";

type Owned = Schemas["OwnedProduct"];
type Product = Pick<Schemas["Product"], "id" | "name" | "brand" | "currency">;

function valuesOf(owned: Partial<Owned>): Values {
  return {
    serial_number: owned.serial_number ?? "", version: owned.version ?? "", purchase_date: owned.purchase_date ?? "", currency: owned.currency ?? "EUR",
    purchase_price: owned.purchase_price === null || owned.purchase_price === undefined ? "" : String(owned.purchase_price),
    warranty_expires: owned.warranty_expires ?? "", notes: owned.notes ?? "", status: owned.status ?? "active",
  };
}

function bodyOf(values: Values) {
  return {
    serial_number: values["serial_number"] ?? "", version: values["version"] ?? "", purchase_date: values["purchase_date"] || null, currency: values["currency"] ?? "EUR",
    purchase_price: values["purchase_price"] ? Number(values["purchase_price"]) : null, warranty_expires: values["warranty_expires"] || null, notes: values["notes"] ?? "",
    status: values["status"] as Owned["status"],
  };
}

function Choose({ chosen }: { chosen: (product: Product) => void }) {
  const text = useSignal("");
  const list = useQuery(`to own ${text.value}`, (signal) => (text.value
    ? ok(api.GET("/api/v1/products/search", { params: { query: { q: text.value, limit: 20 } }, signal }))
    : ok(api.GET("/api/v1/products", { params: { query: { limit: 20 } }, signal }))).then((answer) => answer.data as Product[]));
  return (
    <>
      <p>{t.choose()}</p>
      <SearchBox label={t.product()} value="" onChange={(value) => (text.value = value)} />
      <Pending of={list} bare />
      {list.data.value?.length === 0 && <p class="muted">{t.nothing()}</p>}
      <ul class="lines">
        {list.data.value?.map((product) => <li key={product.id}><span class="grow">{product.name} <span class="muted small">{product.brand}</span></span><Button compact label={`${t.choose()} ${product.name}`} icon="plus" onClick={() => chosen(product)} /></li>)}
      </ul>
    </>
  );
}

export function OwnedSheet({ id, onClose, changed }: { id: number | null; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("details");
  const product = useSignal<Product | null>(null);
  const one = useQuery(`owned ${id}`, (signal) => (id === null ? Promise.resolve(null) : tagged(api.GET("/api/v1/user-products/{id}", { params: { path: { id } }, signal }))));
  const owned = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const labels = { serial_number: t.serial(), version: t.version(), purchase_date: t.bought(), purchase_price: t.price(), currency: t.currency(), warranty_expires: t.until(), notes: t.notes(), status: t.status() };
  const remove = async () => {
    if (!owned || id === null || !(await sure(t.deleteOne({ name: owned.product_name }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/user-products/{id}", { params: { path: { id }, header: { "If-Match": etag } } }));
    onClose();
    await changed();
  };
  const form = () => (
    <Form key={etag} initial={valuesOf(owned ?? { currency: product.value?.currency ?? "EUR" })} submit={id === null ? ui.create() : ui.save()} valuesOf={(current) => valuesOf(current as Partial<Owned>)} labels={labels}
      display={(field, value) => (field === "status" ? wordOf(value) : value)}
      onSubmit={async (values, change) => {
        if (id === null) {
          const { warranty_expires, ...body } = bodyOf(values);
          await ok(api.POST("/api/v1/user-products", { params: { header: { "Idempotency-Key": change.key } }, body: { ...body, ...(warranty_expires && { warranty_expires }), product_id: product.peek()?.id ?? 0 } }));
          onClose();
        } else {
          await ok(api.PATCH("/api/v1/user-products/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(bodyOf(values), change) }));
          await one.reload();
        }
        toast(ui.saved());
        await changed();
      }}>
      <div class="pair"><TextField name="serial_number" label={t.serial()} mono autofocus={id === null} /><TextField name="version" label={t.version()} /></div>
      <div class="pair"><TextField name="purchase_date" type="date" label={t.bought()} /><TextField name="warranty_expires" type="date" label={t.until()} hint={id === null ? t.untilHint() : undefined} /></div>
      <div class="pair"><TextField name="purchase_price" type="number" min="0" label={t.price()} hint={t.priceHint()} /><TextField name="currency" label={t.currency()} maxLength={3} /></div>
      <SelectField name="status" label={t.status()} choices={STATUSES.map((value) => ({ value, label: wordOf(value) }))} />
      <TextArea name="notes" label={t.notes()} />
    </Form>
  );
  return (
    <Dialog title={id === null ? product.value?.name ?? t.create() : owned?.product_name ?? "…"} look="sheet" onClose={onClose} actions={owned && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} lines={5} />
      {id === null && (product.value ? form() : <Choose chosen={(one) => (product.value = one)} />)}
      {id !== null && owned && (
        <Tabs label={owned.product_name} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          { name: "details", label: t.details(), content: form },
          ...(can("files:read") ? [{ name: "files", label: t.files(), content: () => <Papers id={id} /> }] : []),
        ]} />
      )}
    </Dialog>
  );
}

/** Invoices, manuals and warranties of it. */
function Papers({ id }: { id: number }) {
  const list = useQuery(`papers ${id}`, (signal) => ok(api.GET("/api/v1/products/{id}/files", { params: { path: { id }, query: { limit: 100 } }, signal })).then((answer) => answer.data), ["file"]);
  const input = useRef<HTMLInputElement>(null);
  const upload = async (file: File | undefined) => {
    if (!file) return;
    const form = new FormData();
    form.set("file", file);
    await raw("POST", `/api/v1/products/${id}/files`, form, { headers: { "idempotency-key": key() } });
    await list.reload();
  };
  return (
    <>
      <Pending of={list} bare />
      {list.data.value?.length === 0 && <p class="muted">{t.filesNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((file) => (
          <li key={file.id}>
            <span class="grow">{file.filename} <span class="muted small">{bytes(file.size)}</span></span>
            <Button icon="download" compact look="quiet" label={`${t.export()} ${file.filename}`} onClick={async () => save(await raw("GET", `/api/v1/files/${file.id}/download`), file.filename)} />
          </li>
        ))}
      </ul>
      {can("files:write") && (
        <div>
          <input ref={input} type="file" hidden aria-label={t.attach()} onChange={(event) => void upload(event.currentTarget.files?.[0]).catch(fail)} />
          <Button icon="upload" onClick={() => input.current?.click()}>{t.attach()}</Button>
        </div>
      )}
    </>
  );
}
