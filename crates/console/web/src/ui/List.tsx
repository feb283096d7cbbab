// A screen that is a list: filters, sort and page in the address, a table, and what is open beside it.
import type { ComponentChildren } from "preact";
import { query, setQuery } from "../app/router";
import { useQuery } from "../api/query";
import { Failure } from "./Banner";
import { Button } from "./Button";
import { Empty } from "./Empty";
import { Filter, SearchBox, type Choice } from "./Field";
import { Pager, type PageInfo } from "./Pager";
import { Table, type Column } from "./Table";
import { ui } from "./words";

export interface Asked {
  page: number;
  limit: number;
  sort?: string;
  [filter: string]: string | number | undefined;
}

export interface ListProps<T> {
  /** Names what is loaded. */
  name: string;
  caption: string;
  load: (asked: Asked, signal: AbortSignal) => Promise<{ data: T[]; pagination?: unknown }>;
  live?: readonly string[];
  columns: readonly Column<T>[] | ((reload: () => Promise<void>) => readonly Column<T>[]);
  filters?: readonly { name: string; label: string; choices: readonly Choice[] }[];
  search?: { name: string; label: string };
  sort?: string;
  id: (row: T) => number | string;
  nameOf: (row: T) => string;
  opens?: boolean;
  empty: string;
  create?: ComponentChildren;
  /** A part of the address that belongs to this list, for screens with several. */
  children?: (reload: () => Promise<void>) => ComponentChildren;
  /** Further filters, of which `clear` knows. */
  also?: readonly string[];
  tools?: (reload: () => Promise<void>, rows: readonly T[] | undefined) => ComponentChildren;
}

export function List<T>(props: ListProps<T>) {
  const text = (name: string) => query.value.get(name) ?? "";
  const names = [...(props.filters ?? []).map((filter) => filter.name), ...(props.search ? [props.search.name] : []), ...(props.also ?? [])];
  const sort = text("sort") || props.sort;
  const asked: Asked = {
    ...Object.fromEntries(names.filter((name) => text(name)).map((name) => [name, text(name)])),
    ...(sort && { sort }),
    page: Number(text("page")) || 1,
    limit: Number(text("limit")) || 20,
  };
  const list = useQuery(`${props.name} ${JSON.stringify(asked)}`, (signal) => props.load(asked, signal), props.live);
  const filtered = names.some(text);
  const change = (name: string, how: "push" | "replace") => (value: string) => setQuery({ [name]: value, page: "" }, how);
  const rows = list.data.value?.data;
  const tools = props.tools?.(list.reload, rows);
  return (
    <>
      {(names.length > 0 || tools) && (
        <div class="filters">
          {props.search && <SearchBox label={props.search.label} value={text(props.search.name)} onChange={change(props.search.name, "replace")} />}
          {props.filters?.map((filter) => <Filter key={filter.name} label={filter.label} value={text(filter.name)} choices={filter.choices} onChange={change(filter.name, "push")} />)}
          {props.also?.filter(text).map((name) => <Button key={name} icon="close" onClick={() => change(name, "push")("")}>{text(name)}</Button>)}
          {tools}
        </div>
      )}
      {Boolean(list.error.value) && <Failure error={list.error.value} retry={list.reload} />}
      {!(list.error.value && !rows) && (
        <Table caption={props.caption} columns={typeof props.columns === "function" ? props.columns(list.reload) : props.columns} rows={rows} id={props.id} nameOf={props.nameOf} sort={sort ?? ""}
          onSort={(next) => setQuery({ sort: next, page: "" })} onOpen={props.opens ? (row) => setQuery({ open: props.id(row) }) : undefined}
          empty={<Empty title={props.empty}>
            {filtered ? <Button onClick={() => setQuery({ ...Object.fromEntries(names.map((name) => [name, ""])), page: "" })}>{ui.clear()}</Button> : props.create}
          </Empty>} />
      )}
      <Pager info={pageInfo(list.data.value?.pagination)} />
      {props.children?.(list.reload)}
    </>
  );
}

function pageInfo(pagination: unknown): PageInfo | undefined {
  return pagination && typeof pagination === "object" && "pages" in pagination ? (pagination as PageInfo) : undefined;
}
