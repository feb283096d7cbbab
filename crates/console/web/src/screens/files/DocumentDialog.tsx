// A report or a table as PDF, among one's files.
import { api, ok, type Schemas } from "../../api/client";
import { setQuery } from "../../app/router";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextArea, TextField } from "../../ui/Field";
import { Form, useFormValues } from "../../ui/Form";
import { toast } from "../../ui/Toast";
import { ui } from "../../ui/words";
import { language } from "../../words";
import { t } from "./words";

/** The cells of a line of CSV. */
export function cells(line: string): string[] {
  const found = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return found.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? "").trim() : quoted.replaceAll('""', '"')));
}

const paragraphs = (text: string) => text.split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean);

/** What the template asks for: the first line of a table names its columns. */
export function documentOf(kind: string, title: string, text: string) {
  if (kind === "report") return { template: "report" as const, data: { title, sections: [{ heading: title, paragraphs: paragraphs(text) }] } };
  const [head = [], ...rows] = text.split("\n").filter((line) => line.trim()).map(cells);
  return { template: "table" as const, data: { title, columns: head.map((label) => ({ label })), rows: rows.map((row) => head.map((_, at) => row[at] ?? "")) } };
}

function Text() {
  const isTable = useFormValues()["template"] === "table";
  return <TextArea name="data" rows={10} mono={isTable} label={isTable ? t.rowsOf() : t.text()} hint={isTable ? t.rowsHint() : t.textHint()} required />;
}

export function DocumentDialog({ onClose, made }: { onClose: () => void; made: () => Promise<void> }) {
  const lang = language.value === "en-XA" ? "en" : language.value;
  return (
    <Dialog title={t.newDocument()} onClose={onClose}>
      <Form initial={{ template: "report", title: "", data: "" }} submit={ui.create()} onCancel={onClose} onSubmit={async ({ template = "", title = "", data = "" }, change) => {
        const { data: file } = await ok(api.POST("/api/v1/generate-pdf", { params: { header: { "Idempotency-Key": change.key } }, body: { ...documentOf(template, title, data), lang } as Schemas["GeneratePdf"] }));
        onClose();
        toast(ui.saved());
        await made();
        setQuery({ open: file.id });
      }}>
        <TextField name="title" label={t.title()} required autofocus />
        <SelectField name="template" label={t.kind()} choices={[{ value: "report", label: t.report() }, { value: "table", label: t.table() }]} />
        <Text />
      </Form>
    </Dialog>
  );
}
