// Who did what, on what, when; each entry is chained to the one before.
import { api, ok, type Schemas } from "../api/client";
import { data, raw } from "../api/http";
import { ApiError } from "../api/problem";
import { useSignal } from "@preact/signals";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { Banner } from "../ui/Banner";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { List } from "../ui/List";
import { Menu } from "../ui/Menu";
import { Person } from "../ui/People";
import { save } from "../ui/save";
import type { Column } from "../ui/Table";
import { When } from "../ui/When";
import { wordFor, words } from "../words";
import { exact } from "../words/format";
import { terms } from "../words/terms";

const t = { ...terms, ...words({
  action: ["Action", "Action", "操作"],
  actor: ["By", "Par", "操作者"],
  denied: ["Denied", "Refusée", "被拒绝"],
  detail: ["Detail", "Détail", "详情"],
  entry: ["Entry {id}", "Entrée {id}", "记录 {id}"],
  failure: ["Failed", "Échec", "失败"],
  hash: ["Hash", "Empreinte", "哈希"],
  intact: [["The chain of {n} entry is whole.", "The chain of {n} entries is whole."], ["La chaîne de {n} entrée est intacte.", "La chaîne de {n} entrées est intacte."], "{n} 条记录的链完整无损。"],
  none: ["No entry matches", "Aucune entrée ne correspond", "没有符合的记录"],
  outcome: ["Outcome", "Résultat", "结果"],
  previous: ["Hash before", "Empreinte précédente", "前一哈希"],
  request: ["Request", "Requête", "请求"],
  success: ["Succeeded", "Réussie", "成功"],
  target: ["On", "Sur", "对象"],
  verify: ["Verify the chain", "Vérifier la chaîne", "校验链"],
}) };

/** What a check of the chain found; `flaw` names the entry that has it. */
interface Check {
  whole: boolean;
  entries: number | null;
  flaw: string | null;
}

type Entry = Schemas["AuditEntry"];

function targetOf(entry: Entry): string {
  return [entry.target_type, entry.target_name ?? (entry.target_id === null ? null : `#${entry.target_id}`)].filter(Boolean).join(" ");
}

const tone = (outcome: string) => (outcome === "success" ? "ok" : outcome === "denied" ? "warn" : "danger");

export default function Audit() {
  const opened = useSignal<Entry | null>(null);
  const verified = useSignal<{ good: boolean; text: string } | null>(null);
  const columns: Column<Entry>[] = [
    { name: "at", label: t.when(), cell: (entry) => <When at={entry.at} /> },
    { name: "action", label: t.action(), cell: (entry) => <button type="button" class="button quiet compact mono" onClick={() => (opened.value = entry)}>{entry.action}</button> },
    { name: "actor", label: t.actor(), cell: (entry) => <Person id={entry.actor_id} /> },
    { name: "target", label: t.target(), cell: targetOf },
    { name: "outcome", label: t.outcome(), cell: (entry) => <Badge tone={tone(entry.outcome)}>{wordFor(t, entry.outcome)}</Badge> },
    { name: "ip", label: "IP", cell: (entry) => <span class="mono">{entry.ip}</span> },
  ];
  const download = async (format: string) => {
    const search = new URLSearchParams({ format });
    for (const name of ["actor_id", "action", "outcome"]) {
      const value = query.peek().get(name);
      if (value) search.set(name, value);
    }
    await save(await raw("GET", `/api/v1/admin/audit/export?${search}`), `audit.${format}`);
  };
  const verify = async () => {
    try {
      const answer = await data<Check>("GET", "/api/v1/admin/audit/verify");
      verified.value = { good: answer.whole, text: answer.whole ? t.intact({ n: answer.entries ?? 0 }) : answer.flaw ?? "" };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      verified.value = { good: false, text: error.message };
    }
  };
  const entry = opened.value;
  return (
    <>
      <header>
        <h1>{shell.audit()}</h1>
        <Button icon="shield" onClick={verify}>{t.verify()}</Button>
        <Menu label={t.export()} button={{ icon: "download", look: "plain", compact: false }} actions={[{ label: "JSON Lines", does: () => download("jsonl") }, { label: "CSV", does: () => download("csv") }]} />
      </header>
      {verified.value && <div role="status"><Banner look={verified.value.good ? "ok" : "danger"}>{verified.value.text}</Banner></div>}
      <List<Entry> name="audit" caption={shell.audit()} columns={columns} id={(row) => row.id} nameOf={(row) => row.action} empty={t.none()}
        search={{ name: "action", label: t.action() }} also={["actor_id"]}
        filters={[{ name: "outcome", label: t.outcome(), choices: ["success", "failure", "denied"].map((value) => ({ value, label: wordFor(t, value) })) }]}
        load={(asked, signal) => ok(api.GET("/api/v1/admin/audit", { params: { query: asked as object }, signal }))} />
      {entry && (
        <Dialog title={t.entry({ id: entry.id })} onClose={() => (opened.value = null)}>
          <dl class="facts">
            <dt>{t.when()}</dt><dd>{exact(entry.at)}</dd>
            <dt>{t.action()}</dt><dd class="mono">{entry.action}</dd>
            <dt>{t.actor()}</dt><dd>{entry.actor_id === null ? "–" : <button type="button" class="button compact" onClick={() => {
              opened.value = null;
              setQuery({ actor_id: entry.actor_id ?? "", page: "" });
            }}><Person id={entry.actor_id} plain /></button>}</dd>
            <dt>{t.target()}</dt><dd>{targetOf(entry) || "–"}</dd>
            <dt>{t.outcome()}</dt><dd>{wordFor(t, entry.outcome)}</dd>
            {entry.detail && <><dt>{t.detail()}</dt><dd>{entry.detail}</dd></>}
            <dt>IP</dt><dd>{entry.ip ?? "–"}</dd>
            <dt>{t.request()}</dt><dd class="mono">{entry.request_id ?? "–"}</dd>
            <dt>{t.previous()}</dt><dd class="mono">{entry.previous_hash}</dd>
            <dt>{t.hash()}</dt><dd class="mono">{entry.hash}</dd>
          </dl>
        </Dialog>
      )}
    </>
  );
}
