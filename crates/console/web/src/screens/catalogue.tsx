// Products with their stock, categories, import and export.
import { useSignal } from "@preact/signals";
import { api, ok, type Schemas } from "../api/client";
import { useQuery } from "../api/query";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { List } from "../ui/List";
import { Table, type Column } from "../ui/Table";
import { Tabs } from "../ui/Tabs";
import { When } from "../ui/When";
import { save } from "../ui/save";
import { count, money } from "../words/format";
import { CategorySheet } from "./catalogue/CategorySheet";
import { ImportDialog } from "./catalogue/ImportDialog";
import { ProductSheet } from "./catalogue/ProductSheet";
import { STATUSES, t, wordOf } from "./catalogue/words";

type Product = Schemas["Product"];

export default function Catalogue() {
  const tab = query.value.get("tab") ?? "products";
  const importing = useSignal(false);
  const round = useSignal(0);
  return (
    <>
      <header>
        <h1>{shell.catalogue()}</h1>
        <Button icon="upload" onClick={() => (importing.value = true)}>{t.import()}</Button>
        <Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{tab === "categories" ? t.createCategory() : t.create()}</Button>
      </header>
      <Tabs label={shell.catalogue()} current={tab} onChange={(name) => setQuery({ tab: name === "products" ? "" : name, open: "", page: "", q: "", status: "", sort: "" })} tabs={[
        { name: "products", label: t.products(), content: () => <Products key={round.value} /> },
        { name: "categories", label: t.categories(), content: () => <Categories /> },
      ]} />
      {importing.value && <ImportDialog onClose={() => {
        importing.value = false;
        round.value += 1;
      }} />}
    </>
  );
}

const EXPORT_PAGES = 20;

/** The list as CSV, in the columns that an import takes. */
async function exported(): Promise<void> {
  const columns = ["name", "category_id", "brand", "model", "description", "price", "currency", "stock", "warranty_months"] as const;
  const cell = (value: unknown) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns.join(",")];
  const filter = Object.fromEntries(["q", "status"].flatMap((name) => (query.peek().get(name) ? [[name, query.peek().get(name)]] : [])));
  for (let page = 1; page <= EXPORT_PAGES; page += 1) {
    const answer = await ok(api.GET("/api/v1/admin/products", { params: { query: { ...filter, page, limit: 100, sort: "id" } as object } }));
    lines.push(...answer.data.map((product) => columns.map((name) => cell(product[name])).join(",")));
    if (answer.data.length < 100) break;
  }
  await save(new Response(`${lines.join("\r\n")}\r\n`, { headers: { "content-type": "text/csv" } }), "products.csv");
}

function Products() {
  const open = query.value.get("open");
  const columns: Column<Product>[] = [
    { name: "name", label: t.name(), main: true, sorts: true, cell: (row) => row.name },
    { name: "brand", label: t.brand(), cell: (row) => row.brand },
    { name: "model", label: t.model(), cell: (row) => row.model },
    { name: "price", label: t.price(), sorts: true, number: true, cell: (row) => (row.price === null || row.price === undefined ? "–" : money(row.price, row.currency)) },
    { name: "stock", label: t.stock(), number: true, cell: (row) => (row.stock ? count(row.stock) : <Badge tone="warn">0</Badge>) },
    { name: "status", label: t.status(), cell: (row) => <Badge tone={row.status === "active" ? "ok" : "neutral"}>{wordOf(row.status)}</Badge> },
    { name: "created_at", label: t.created(), sorts: true, cell: (row) => <When at={row.created_at} /> },
  ];
  return (
    <List<Product> name="products" caption={t.products()} columns={columns} id={(row) => row.id} nameOf={(row) => row.name} sort="-created_at" opens empty={t.none()}
      create={<Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>}
      search={{ name: "q", label: t.search() }} filters={[{ name: "status", label: t.status(), choices: STATUSES.map((value) => ({ value, label: wordOf(value) })) }]}
      load={(asked, signal) => ok(api.GET("/api/v1/admin/products", { params: { query: asked as object }, signal }))}
      tools={() => <Button icon="download" label={t.exportHint({ n: EXPORT_PAGES * 100 })} onClick={exported} />}>
      {(reload) => open && <ProductSheet key={open} id={open === "new" ? null : Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />}
    </List>
  );
}

function Categories() {
  const open = query.value.get("open");
  const list = useQuery("categories", (signal) => ok(api.GET("/api/v1/categories", { signal })).then((answer) => answer.data));
  const nameOf = (id: number | null) => list.data.value?.find((category) => category.id === id)?.name ?? "–";
  const columns: Column<Schemas["Category"]>[] = [
    { name: "name", label: t.name(), main: true, cell: (row) => row.name },
    { name: "slug", label: t.slug(), cell: (row) => <span class="mono">{row.slug}</span> },
    { name: "parent", label: t.parent(), cell: (row) => nameOf(row.parent_id) },
  ];
  return (
    <>
      <Pending of={list} bare />
      <Table caption={t.categories()} columns={columns} rows={list.data.value} id={(row) => row.id} nameOf={(row) => row.name} onOpen={(row) => setQuery({ open: row.id })}
        empty={<Empty title={t.noneCategories()}><Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.createCategory()}</Button></Empty>} />
      {open && <CategorySheet key={open} id={open === "new" ? null : Number(open)} all={list.data.value ?? []} onClose={() => setQuery({ open: "" })} changed={list.reload} />}
    </>
  );
}
