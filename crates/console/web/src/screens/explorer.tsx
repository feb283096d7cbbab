// Every operation of the server's document, with a form for each.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { href, path, query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Empty } from "../ui/Empty";
import { Pending } from "../ui/Pending";
import { SearchBox } from "../ui/Field";
import { Try } from "./explorer/Try";
import { operationsOf, type Document, type Operation } from "./explorer/spec";
import { t } from "./explorer/words";

export default function Explorer() {
  const read = useQuery("document", (signal) => fetch("/openapi.json", { signal }).then((answer) => answer.json() as Promise<Document>));
  const all = useSignal<Operation[] | null>(null);
  const document = read.data.value;
  useEffect(() => {
    if (document) all.value = operationsOf(document);
  }, [document]);
  const operations = all.value;
  const id = path.value.split("/")[1];
  const words = (query.value.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown = operations?.filter((operation) => (!operation.permission || can(operation.permission))
    && words.every((word) => `${operation.method} ${operation.path} ${operation.summary} ${operation.tag}`.toLowerCase().includes(word)));
  const current = operations?.find((operation) => operation.id === id);
  const tags = [...new Set(shown?.map((operation) => operation.tag))];

  useEffect(() => {
    // Only the list scrolls, not the page.
    const list = window.document.querySelector<HTMLElement>(".operations");
    const link = list?.querySelector<HTMLElement>("[aria-current]");
    if (list && link) list.scrollTop = link.offsetTop - list.offsetTop - list.clientHeight / 2;
  }, [operations, id]);

  return (
    <>
      <header><h1>{shell.explorer()}</h1></header>
      <Pending of={read} lines={8} />
      {operations && document && (
        <div class="explorer">
          <div class="stack tight">
            <div class="filters"><SearchBox label={t.filter()} value={query.value.get("q") ?? ""} onChange={(q) => setQuery({ q }, "replace")} /></div>
            <nav class="operations" aria-label={t.operations({ n: shown?.length ?? 0 })} tabIndex={0}>
              <p class="muted small">{t.operations({ n: shown?.length ?? 0 })}</p>
              {tags.map((tag) => (
                <section key={tag} aria-label={tag}>
                  <h2>{tag}</h2>
                  <ul>
                    {shown?.filter((operation) => operation.tag === tag).map((operation) => (
                      <li key={operation.id}>
                        <a href={href(`explorer/${operation.id}`, { q: query.value.get("q") ?? "" })} aria-current={operation.id === id ? "page" : undefined} title={operation.path}>
                          <span class={`verb ${operation.method}`}>{operation.method}</span><span>{operation.summary}</span>
                        </a>
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
            </nav>
          </div>
          {current ? <Try key={current.id} document={document} operation={current} /> : <Empty title={t.choose()}><p>{t.chooseText()}</p></Empty>}
        </div>
      )}
    </>
  );
}
