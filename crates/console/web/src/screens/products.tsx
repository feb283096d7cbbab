// What one owns: bought when, for how much, and until when it is under warranty.
import { api, ok, type Schemas } from "../api/client";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Button } from "../ui/Button";
import { List } from "../ui/List";
import { type Column } from "../ui/Table";
import { date, money } from "../words/format";
import { OwnedSheet } from "./products/OwnedSheet";
import { FILTERS, STATUSES, t, wordOf } from "./products/words";

type Owned = Schemas["OwnedProduct"];

export function Warranty({ of }: { of: Owned }) {
  if (!of.warranty_expires) return <span class="muted">–</span>;
  return <span class="row"><Badge tone={of.is_under_warranty ? "ok" : "neutral"}>{of.is_under_warranty ? t.under() : t.over()}</Badge><span class="nowrap">{date(of.warranty_expires)}</span></span>;
}

export default function Products() {
  const open = query.value.get("open");
  const columns: Column<Owned>[] = [
    { name: "product_name", label: t.product(), main: true, cell: (row) => row.product_name },
    { name: "brand", label: t.brand(), cell: (row) => row.brand },
    { name: "serial_number", label: t.serial(), cell: (row) => <span class="mono">{row.serial_number}</span> },
    { name: "purchase_date", label: t.bought(), sorts: true, cell: (row) => (row.purchase_date ? date(row.purchase_date) : "–") },
    { name: "purchase_price", label: t.price(), number: true, cell: (row) => (row.purchase_price === null || row.purchase_price === undefined ? "–" : money(row.purchase_price, row.currency)) },
    { name: "warranty_expires", label: t.warranty(), sorts: true, cell: (row) => <Warranty of={row} /> },
    { name: "status", label: t.status(), cell: (row) => <Badge tone={row.status === "active" ? "ok" : "neutral"}>{wordOf(row.status)}</Badge> },
  ];
  const create = can("products:write") && <Button icon="plus" look="primary" onClick={() => setQuery({ open: "new" })}>{t.create()}</Button>;
  return (
    <>
      <header><h1>{shell.products()}</h1>{create}</header>
      <List<Owned> name="owned" caption={shell.products()} columns={columns} id={(row) => row.id} nameOf={(row) => row.product_name} sort="-created_at" opens empty={t.none()} create={create}
        filters={[
          { name: "filter", label: t.warranty(), choices: Object.entries(FILTERS).map(([value, label]) => ({ value, label: label() })) },
          { name: "status", label: t.status(), choices: STATUSES.map((value) => ({ value, label: wordOf(value) })) },
        ]}
        load={({ filter, ...asked }, signal) => {
          // Warranties have an order of their own: what ends first is in front.
          if (!filter) return ok(api.GET("/api/v1/user-products", { params: { query: asked as object }, signal }));
          const { sort, ...rest } = asked;
          return ok(api.GET("/api/v1/user-products/warranty", { params: { query: { ...rest, ...(query.peek().get("sort") && { sort }), filter } as object }, signal }));
        }}>
        {(reload) => open && <OwnedSheet key={open} id={open === "new" ? null : Number(open)} onClose={() => setQuery({ open: "" })} changed={reload} />}
      </List>
    </>
  );
}
