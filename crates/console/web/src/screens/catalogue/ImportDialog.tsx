// Many products from a CSV file; each bad row is named with its column.
import { useSignal } from "@preact/signals";
import { key, type Schemas } from "../../api/client";
import { data } from "../../api/http";
import { Banner } from "../../ui/Banner";
import { Dialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { Form } from "../../ui/Form";
import { t } from "./words";

type Report = Schemas["ImportReport"];

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const file = useSignal<File | null>(null);
  const report = useSignal<Report | null>(null);
  const made = report.value;
  return (
    <Dialog title={t.import()} look="wide" onClose={onClose}>
      <Form initial={{ mode: "valid" }} submit={t.import()} onCancel={onClose} onSubmit={async ({ mode }) => {
        if (!file.peek()) throw new Error(t.choose());
        report.value = await data<Report>("POST", `/api/v1/admin/products/import?mode=${mode}`, file.peek(), { headers: { "content-type": "text/csv", "idempotency-key": key() } });
      }}>
        <div class="field">
          <label for="import-file">{t.choose()}</label>
          <input id="import-file" type="file" accept=".csv,text/csv" aria-describedby="import-hint" onChange={(event) => (file.value = event.currentTarget.files?.[0] ?? null)} />
          <span class="hint" id="import-hint">{t.importHint()}</span>
        </div>
        <SelectField name="mode" label={t.importMode()} choices={[{ value: "valid", label: t.valid() }, { value: "all", label: t.all() }]} />
      </Form>
      {made && (
        <div class="stack" role="status">
          <Banner look={made.failed ? "warn" : "ok"}>{t.imported({ imported: made.imported, updated: made.updated, failed: made.failed })}</Banner>
          {made.errors.length > 0 && (
            <div class="table-box" tabIndex={0} role="region" aria-label={t.problem()}>
              <table class="table">
                <thead><tr><th scope="col" class="number">{t.line()}</th><th scope="col">{t.column()}</th><th scope="col">{t.problem()}</th></tr></thead>
                <tbody>{made.errors.map((fault, at) => <tr key={at}><td class="number">{fault.row}</td><td class="mono">{fault.column}</td><td>{fault.message}</td></tr>)}</tbody>
              </table>
            </div>
          )}
        </div>
      )}
    </Dialog>
  );
}
