// One product: its form, and its stock as a list of movements.
import { useSignal } from "@preact/signals";
import { api, ok, tagged, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { Person } from "../../ui/People";
import { Tabs } from "../../ui/Tabs";
import { toast } from "../../ui/Toast";
import { When } from "../../ui/When";
import { ui } from "../../ui/words";
import { count } from "../../words/format";
import { STATUSES, t, wordOf } from "./words";

type Product = Schemas["Product"];

function valuesOf(product: Partial<Product>): Values {
  const text = (value: number | null | undefined) => (value === null || value === undefined ? "" : String(value));
  return {
    name: product.name ?? "", category_id: text(product.category_id), brand: product.brand ?? "", model: product.model ?? "", description: product.description ?? "",
    price: text(product.price), currency: product.currency ?? "EUR", warranty_months: text(product.warranty_months ?? 0), manufacturer_website: product.manufacturer_website ?? "",
    status: product.status ?? "draft",
  };
}

function bodyOf(values: Values) {
  return {
    name: values["name"] ?? "", category_id: Number(values["category_id"]) || null, brand: values["brand"] ?? "", model: values["model"] ?? "",
    description: values["description"] ?? "", price: values["price"] ? Number(values["price"]) : null, currency: values["currency"] ?? "EUR",
    warranty_months: Number(values["warranty_months"]) || 0, manufacturer_website: values["manufacturer_website"] || null, status: values["status"] as Product["status"],
  };
}

export function ProductSheet({ id, onClose, changed }: { id: number | null; onClose: () => void; changed: () => Promise<void> }) {
  const tab = useSignal("details");
  const categories = useQuery("categories", (signal) => ok(api.GET("/api/v1/categories", { signal })).then((answer) => answer.data));
  const one = useQuery(`product ${id}`, (signal) => (id === null ? Promise.resolve(null) : tagged(api.GET("/api/v1/admin/products/{id}", { params: { path: { id } }, signal }))));
  const product = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const labels = { name: t.name(), category_id: t.category(), brand: t.brand(), model: t.model(), description: t.description(), price: t.price(), currency: t.currency(), warranty_months: t.months(), manufacturer_website: t.website(), status: t.status() };
  const choices = [{ value: "", label: ui.none() }, ...(categories.data.value ?? []).map((category) => ({ value: String(category.id), label: category.name }))];
  const remove = async () => {
    if (!product || id === null || !(await sure(t.deleteOne({ name: product.name }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/admin/products/{id}", { params: { path: { id } } }));
    onClose();
    await changed();
  };
  const form = () => (
    <Form key={`${etag} ${choices.length}`} initial={valuesOf(product ?? {})} submit={id === null ? ui.create() : ui.save()} valuesOf={(current) => valuesOf(current as Partial<Product>)} labels={labels}
      display={(field, value) => (field === "status" ? wordOf(value) : field === "category_id" ? choices.find((choice) => choice.value === value)?.label ?? value : value)}
      onSubmit={async (values, change) => {
        if (id === null) {
          await ok(api.POST("/api/v1/admin/products", { params: { header: { "Idempotency-Key": change.key } }, body: bodyOf(values) }));
          onClose();
        } else {
          await ok(api.PATCH("/api/v1/admin/products/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(bodyOf(values), change) }));
          await one.reload();
        }
        toast(ui.saved());
        await changed();
      }}>
      <TextField name="name" label={t.name()} required autofocus={id === null} />
      <div class="pair"><TextField name="brand" label={t.brand()} /><TextField name="model" label={t.model()} /></div>
      <div class="pair"><SelectField name="category_id" label={t.category()} choices={choices} /><SelectField name="status" label={t.status()} choices={STATUSES.map((value) => ({ value, label: wordOf(value) }))} /></div>
      <div class="pair"><TextField name="price" type="number" min="0" label={t.price()} hint={t.priceHint()} /><TextField name="currency" label={t.currency()} maxLength={3} /></div>
      <TextArea name="description" label={t.description()} />
      <div class="pair"><TextField name="warranty_months" type="number" min="0" label={t.months()} /><TextField name="manufacturer_website" type="url" label={t.website()} /></div>
    </Form>
  );
  return (
    <Dialog title={id === null ? t.create() : product?.name ?? "…"} look="sheet" onClose={onClose} actions={product && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} lines={5} />
      {id === null && form()}
      {id !== null && product && (
        <Tabs label={product.name} current={tab.value} onChange={(name) => (tab.value = name)} tabs={[
          { name: "details", label: t.details(), content: form },
          { name: "stock", label: t.movements(), content: () => <Stock id={id} changed={async () => {
            await Promise.all([one.reload(), changed()]);
          }} /> },
        ]} />
      )}
    </Dialog>
  );
}

function Stock({ id, changed }: { id: number; changed: () => Promise<void> }) {
  const list = useQuery(`stock ${id}`, (signal) => ok(api.GET("/api/v1/admin/products/{id}/stock", { params: { path: { id }, query: { limit: 50 } }, signal })).then((answer) => answer.data));
  const round = useSignal(0);
  return (
    <>
      <Form key={round.value} initial={{ delta: "", reason: "" }} submit={t.record()} onSubmit={async ({ delta, reason = "" }, change) => {
        await ok(api.POST("/api/v1/admin/products/{id}/stock", { params: { path: { id }, header: { "Idempotency-Key": change.key } }, body: { delta: Number(delta), reason } }));
        round.value += 1;
        await Promise.all([list.reload(), changed()]);
      }}>
        <div class="pair"><TextField name="delta" type="number" label={t.amount()} hint={t.amountHint()} required /><TextField name="reason" label={t.reason()} required /></div>
      </Form>
      <Pending of={list} bare />
      {list.data.value?.length === 0 && <p class="muted">{t.movementsNone()}</p>}
      <ul class="lines">
        {list.data.value?.map((move) => (
          <li key={move.id}>
            <b>{move.delta > 0 ? "+" : "−"}{count(Math.abs(move.delta))}</b>
            <span class="grow">{move.reason} <span class="muted small"><Person id={move.actor_id} plain /> · <When at={move.at} /></span></span>
            <span class="muted">{t.balance()}: {count(move.balance)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
