import { setQuery } from "../app/router";
import { count } from "../words/format";
import { Button } from "./Button";
import { ui } from "./words";

export interface PageInfo {
  page: number;
  limit: number;
  total: number;
  pages: number;
  total_exact?: boolean;
}

/** The page is in the address. */
export function Pager({ info }: { info: PageInfo | undefined }) {
  if (!info) return null;
  const total = info.total_exact === false ? ui.moreThan({ n: info.total }) : count(info.total);
  return (
    <nav class="pager" aria-label={ui.page({ page: info.page, pages: Math.max(1, info.pages) })}>
      <span>{info.total_exact === false ? total : ui.rows({ n: info.total })}</span>
      <span class="row">
        <label class="row">{ui.perPage()}
          <select class="select" value={String(info.limit)} onChange={(event) => setQuery({ limit: event.currentTarget.value, page: "" })}>
            {[20, 50, 100].map((size) => <option key={size} value={size}>{size}</option>)}
          </select>
        </label>
        <span>{ui.page({ page: info.page, pages: Math.max(1, info.pages) })}</span>
        <Button compact disabled={info.page <= 1} onClick={() => setQuery({ page: info.page - 1 > 1 ? info.page - 1 : "" })}>{ui.previous()}</Button>
        <Button compact disabled={info.page >= info.pages} onClick={() => setQuery({ page: info.page + 1 })}>{ui.next()}</Button>
      </span>
    </nav>
  );
}
