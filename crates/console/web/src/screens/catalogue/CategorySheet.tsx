import { api, ok, tagged, type Schemas } from "../../api/client";
import { useQuery } from "../../api/query";
import { Button } from "../../ui/Button";
import { Pending } from "../../ui/Pending";
import { Dialog, sure } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { Form, only, type Values } from "../../ui/Form";
import { toast } from "../../ui/Toast";
import { ui } from "../../ui/words";
import { t } from "./words";

type Category = Schemas["Category"];

function valuesOf(category: Partial<Category>): Values {
  return { name: category.name ?? "", slug: category.slug ?? "", parent_id: category.parent_id ? String(category.parent_id) : "" };
}

export function CategorySheet({ id, all, onClose, changed }: { id: number | null; all: readonly Category[]; onClose: () => void; changed: () => Promise<void> }) {
  const one = useQuery(`category ${id}`, (signal) => (id === null ? Promise.resolve(null) : tagged(api.GET("/api/v1/admin/categories/{id}", { params: { path: { id } }, signal }))));
  const category = one.data.value?.body.data;
  const etag = one.data.value?.etag ?? "";
  const bodyOf = (values: Values) => ({ name: values["name"] ?? "", slug: values["slug"] ?? "", parent_id: Number(values["parent_id"]) || null });
  const remove = async () => {
    if (!category || id === null || !(await sure(t.deleteOne({ name: category.name }), t.deleteText(), ui.delete()))) return;
    await ok(api.DELETE("/api/v1/admin/categories/{id}", { params: { path: { id } } }));
    onClose();
    await changed();
  };
  return (
    <Dialog title={id === null ? t.createCategory() : category?.name ?? "…"} look="sheet" onClose={onClose} actions={category && <Button icon="trash" label={ui.delete()} look="quiet" onClick={remove} />}>
      <Pending of={one} />
      {(id === null || category) && (
        <Form key={etag} initial={valuesOf(category ?? {})} submit={id === null ? ui.create() : ui.save()} valuesOf={(current) => valuesOf(current as Partial<Category>)}
          labels={{ name: t.name(), slug: t.slug(), parent_id: t.parent() }} onSubmit={async (values, change) => {
            if (id === null) {
              const { slug, ...body } = bodyOf(values);
              await ok(api.POST("/api/v1/admin/categories", { params: { header: { "Idempotency-Key": change.key } }, body: { ...body, ...(slug && { slug }) } }));
              onClose();
            } else {
              await ok(api.PATCH("/api/v1/admin/categories/{id}", { params: { path: { id }, header: { "If-Match": change.etag ?? etag } }, body: only(bodyOf(values), change) }));
              await one.reload();
            }
            toast(ui.saved());
            await changed();
          }}>
          <TextField name="name" label={t.name()} required autofocus={id === null} />
          <TextField name="slug" label={t.slug()} mono />
          <SelectField name="parent_id" label={t.parent()} choices={[{ value: "", label: ui.none() }, ...all.filter((each) => each.id !== id).map((each) => ({ value: String(each.id), label: each.name }))]} />
        </Form>
      )}
    </Dialog>
  );
}
