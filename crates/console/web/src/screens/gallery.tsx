// Every part of the design system in its states, for the eye and for the tests.
import { useSignal } from "@preact/signals";
import { ApiError } from "../api/problem";
import { shell } from "../app/words";
import { Avatar, Badge } from "../ui/Badge";
import { Banner, Failure } from "../ui/Banner";
import { Button, LinkButton } from "../ui/Button";
import { Chart } from "../ui/Chart";
import { Conflict } from "../ui/Conflict";
import { CopyButton, Secret } from "../ui/Copy";
import { Dialog, sure } from "../ui/Dialog";
import { Empty, Skeleton } from "../ui/Empty";
import { CheckField, ChecksField, Filter, SearchBox, SelectField, TextArea, TextField } from "../ui/Field";
import { Form } from "../ui/Form";
import { Menu } from "../ui/Menu";
import { Pager } from "../ui/Pager";
import { Table, type Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { toast } from "../ui/Toast";
import { When } from "../ui/When";
import { decimal } from "../words/format";

const ROWS = ["Ada", "Grace", "Katherine"].map((name, id) => ({ id, name, many: (id + 1) * 1234 }));
const CHOICES = [{ value: "a", label: "Alpha" }, { value: "b", label: "Beta" }];
const TIMES = Array.from({ length: 60 }, (_, minute) => Date.UTC(2026, 10, 25, 9, minute));

function refuse(): Promise<never> {
  return Promise.reject(new ApiError({ title: "Not valid", status: 400, detail: "Two fields are not valid.", code: "request.invalid",
    errors: [{ field: "/name", code: "name.empty", message: "must not be empty" }, { field: "/many", code: "many.range", message: "must be from 1 to 9" }] }));
}

export default function Gallery() {
  const tab = useSignal("one");
  const dialog = useSignal("");
  const selected = useSignal<ReadonlySet<number | string>>(new Set([1]));
  const sort = useSignal("name");
  const columns: Column<(typeof ROWS)[number]>[] = [
    { name: "name", label: "Name", main: true, sorts: true, cell: (row) => row.name },
    { name: "many", label: "Many", number: true, sorts: true, cell: (row) => decimal(row.many) },
  ];
  return (
    <>
      <header><h1>{shell.gallery()}</h1></header>
      <section class="card stack"><h2>Button</h2>
        <div class="row"><Button>Plain</Button><Button look="primary">Primary</Button><Button look="danger">Danger</Button><Button look="quiet">Quiet</Button><Button icon="plus">Icon</Button><Button icon="gear" label="Settings" /></div>
        <div class="row"><Button disabled>Disabled</Button><Button busy>Busy</Button><Button pressed>Pressed</Button><Button compact>Compact</Button><LinkButton href="#link">Link</LinkButton><CopyButton text="copied" />
          <Menu actions={["Heading", { label: "One", icon: "check", does: () => toast("One") }, null, { label: "Dangerous", icon: "trash", danger: true, does: () => undefined }]} /></div>
      </section>
      <section class="card stack"><h2>Badge, Avatar, When</h2>
        <div class="row"><Badge>Neutral</Badge><Badge tone="ok">Ok</Badge><Badge tone="warn">Warn</Badge><Badge tone="danger">Danger</Badge><Badge tone="info">Info</Badge><Badge tone="plain">plain</Badge><Avatar name="Ada" /><When at={Date.now() - 180_000} /></div>
      </section>
      <section class="card stack"><h2>Banner</h2>
        <Banner>Info</Banner><Banner look="ok">Ok</Banner><Banner look="warn">Warn</Banner>
        <Failure error={new ApiError({ title: "Task changed meanwhile", status: 412, detail: "The task was changed since you read it.", code: "tasks.stale", request_id: "0191" })} retry={() => toast("Again")} />
      </section>
      <section class="card stack"><h2>Form</h2>
        <Form initial={{ name: "", many: "12", text: "", choice: "a", on: "true", several: "a", secret: "" }} submit="Submit" onSubmit={refuse}>
          <div class="pair"><TextField name="name" label="Name" hint="As others see it." /><TextField name="many" label="Many" type="number" /></div>
          <div class="pair"><TextField name="secret" label="Password" type="password" /><SelectField name="choice" label="Choice" choices={CHOICES} /></div>
          <TextArea name="text" label="Text" /><CheckField name="on" label="On" hint="A single choice." /><ChecksField name="several" label="Several" choices={CHOICES} />
        </Form>
        <div class="filters"><SearchBox label="Search" value="" onChange={() => undefined} /><Filter label="Kind" value="" choices={CHOICES} onChange={() => undefined} /></div>
      </section>
      <section class="card stack"><h2>Table, Pager</h2>
        <Table caption="Rows" columns={columns} rows={ROWS} id={(row) => row.id} nameOf={(row) => row.name} sort={sort.value} onSort={(next) => (sort.value = next)}
          selected={selected.value} onSelect={(next) => (selected.value = next)} onOpen={(row) => toast(row.name)} empty={null} />
        <Table caption="Loading" columns={columns} rows={undefined} id={(row) => row.id} nameOf={(row) => row.name} empty={null} />
        <Pager info={{ page: 2, limit: 20, total: 10_000, pages: 500, total_exact: false }} />
      </section>
      <section class="card stack"><h2>Empty, Skeleton</h2><Empty title="Nothing here yet"><Button look="primary" icon="plus">Create</Button></Empty><Skeleton /></section>
      <section class="card stack"><h2>Tabs</h2>
        <Tabs label="Tabs" current={tab.value} onChange={(name) => (tab.value = name)} tabs={[{ name: "one", label: "One", content: () => <p>One</p> }, { name: "two", label: "Two", content: () => <p>Two</p> }]} />
      </section>
      <section class="card stack"><h2>Dialog, Toast</h2>
        <div class="row">
          <Button onClick={() => (dialog.value = "plain")}>Dialog</Button><Button onClick={() => (dialog.value = "sheet")}>Sheet</Button><Button onClick={() => (dialog.value = "conflict")}>Conflict</Button>
          <Button onClick={() => void sure("Delete 12 rows?", "They can be restored.", "Delete", 12)}>Question</Button>
          <Button onClick={() => toast("Deleted", async () => undefined)}>Toast</Button>
        </div>
        <Secret label="Shown once" value="alv_0000000000" />
      </section>
      <section class="card">
        <Chart title="Load" times={TIMES} format={(value) => decimal(value)} series={[
          { name: "one", values: TIMES.map((_, at) => (at > 20 && at < 25 ? null : 40 + 20 * Math.sin(at / 6))) },
          { name: "two", values: TIMES.map((_, at) => 30 + 10 * Math.cos(at / 4)) },
          { name: "three", values: TIMES.map((_, at) => 5 + at / 4) },
        ]} />
      </section>
      {(dialog.value === "plain" || dialog.value === "sheet") && <Dialog title="Title" look={dialog.value} onClose={() => (dialog.value = "")}><p>Body</p></Dialog>}
      {dialog.value === "conflict" && (
        <Conflict labels={{ title: "Title", status: "Status" }} onCancel={() => (dialog.value = "")} onChoose={() => (dialog.value = "")}
          versions={{ base: { title: "A", status: "pending" }, yours: { title: "Mine", status: "pending" }, theirs: { title: "Theirs", status: "completed" } }} />
      )}
    </>
  );
}
