import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./Icon";
import { ui } from "./words";

export interface Column<T> {
  /** Also the field of `sort`, when it sorts. */
  name: string;
  label: string;
  cell: (row: T) => ComponentChildren;
  sorts?: boolean;
  number?: boolean;
  /** The cell that names the row, and opens it. */
  main?: boolean;
}

interface TableProps<T> {
  caption: string;
  columns: readonly Column<T>[];
  rows: readonly T[] | undefined;
  id: (row: T) => number | string;
  nameOf: (row: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: ((row: T) => void) | undefined;
  selected?: ReadonlySet<number | string>;
  onSelect?: (selected: Set<number | string>) => void;
  empty: ComponentChildren;
}

export function Table<T>(props: TableProps<T>) {
  const { columns, rows, id, selected, onSelect, onOpen, sort = "" } = props;
  const last = useRef<number>(-1);
  if (rows?.length === 0) return <>{props.empty}</>;

  const pick = (index: number, range: boolean) => {
    const next = new Set(selected);
    const row = rows?.[index] as T;
    const on = !next.has(id(row));
    const [from, to] = range && last.current >= 0 ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index];
    for (let at = from; at <= to; at += 1) {
      const key = id(rows?.[at] as T);
      if (on) next.add(key);
      else next.delete(key);
    }
    last.current = index;
    onSelect?.(next);
  };
  const all = rows !== undefined && rows.length > 0 && rows.every((row) => selected?.has(id(row)));

  const head = (column: Column<T>) => {
    if (!column.sorts) return <th key={column.name} scope="col" class={column.number ? "number" : undefined}>{column.label}</th>;
    const direction = sort === column.name ? "ascending" : sort === `-${column.name}` ? "descending" : "none";
    return (
      <th key={column.name} scope="col" aria-sort={direction} class={column.number ? "number" : undefined}>
        <button type="button" onClick={() => props.onSort?.(direction === "ascending" ? `-${column.name}` : column.name)}>
          {column.label}
          {direction !== "none" && <Icon name={direction === "ascending" ? "up" : "down"} size={12} />}
        </button>
      </th>
    );
  };

  return (
    // Scrolls by itself, so the keyboard has to reach it.
    <div class="table-box" tabIndex={0} role="region" aria-label={props.caption} aria-busy={rows === undefined}>
      <table class="table">
        <thead>
          <tr>
            {onSelect && (
              <th scope="col" class="pick">
                <input type="checkbox" aria-label={ui.pickAll()} checked={all} onChange={() => onSelect(new Set(all ? [] : rows?.map(id)))} />
              </th>
            )}
            {columns.map(head)}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row, index) => {
            const name = props.nameOf(row);
            return (
              <tr key={id(row)} class={onOpen ? "opens" : undefined} aria-selected={onSelect ? selected?.has(id(row)) : undefined}
                onClick={(event) => {
                  // The path is that of the click: what was clicked may be gone by now, as a button's icon while it is busy.
                  if (!event.composedPath().some((one) => one instanceof Element && one.matches("a,button,input,select,label"))) onOpen?.(row);
                }}>
                {onSelect && (
                  <td class="pick">
                    <input type="checkbox" aria-label={ui.pickRow({ name })} checked={selected?.has(id(row)) ?? false}
                      onClick={(event) => pick(index, event.shiftKey)} />
                  </td>
                )}
                {columns.map((column) => (
                  <td key={column.name} class={column.main ? "name" : column.number ? "number" : undefined}>
                    {column.main && onOpen
                      ? <button type="button" class="open" onClick={() => onOpen(row)}>{column.cell(row)}</button>
                      : column.cell(row)}
                  </td>
                ))}
              </tr>
            );
          }) ?? Array.from({ length: 8 }, (_, row) => (
            <tr key={row}>
              {onSelect && <td class="pick" />}
              {columns.map((column, at) => <td key={column.name}><div class={`skeleton ${["long", "", "short"][(row + at) % 3]}`} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
