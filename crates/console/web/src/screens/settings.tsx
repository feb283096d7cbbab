// The effective settings of the server, secrets left out, and the services of others that it asks.
import { api, ok } from "../api/client";
import { data } from "../api/http";
import { useQuery } from "../api/query";
import { can } from "../api/session";
import { query, setQuery } from "../app/router";
import { shell } from "../app/words";
import { Badge } from "../ui/Badge";
import { SearchBox } from "../ui/Field";
import { Pending } from "../ui/Pending";
import { When } from "../ui/When";
import { ui } from "../ui/words";
import { words } from "../words";
import { count } from "../words/format";

const t = words({
  answered: ["{n} answered, {failed} failed", "{n} réponses, {failed} échecs", "{n} 次成功，{failed} 次失败"],
  intro: ["What this server runs with. Settings change in its file or environment, and hold after a restart.", "Ce avec quoi ce serveur fonctionne. Les réglages se changent dans son fichier ou son environnement et valent après un redémarrage.", "此服务器当前的设置。可在其配置文件或环境变量中更改，重启后生效。"],
  missing: ["{setting} is not set", "{setting} n’est pas défini", "未设置 {setting}"],
  providers: ["Third-party services", "Services tiers", "第三方服务"],
  search: ["Filter settings", "Filtrer les réglages", "筛选设置"],
});

type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

/** `{server: {port: 1}}` as `server.port`. */
function flat(value: Value, name = ""): [string, string][] {
  if (value && typeof value === "object" && !Array.isArray(value)) return Object.entries(value).flatMap(([key, part]) => flat(part, name ? `${name}.${key}` : key));
  return [[name, Array.isArray(value) ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ") : value === null ? "" : String(value)]];
}

export default function Settings() {
  const q = (query.value.get("q") ?? "").toLowerCase();
  const one = useQuery("settings", (signal) => data<{ settings: Value }>("GET", "/api/v1/admin/settings", undefined, { signal }).then((answer) => flat(answer.settings)));
  const shown = one.data.value?.filter(([name, value]) => `${name} ${value}`.toLowerCase().includes(q));
  const sections = [...new Set(shown?.map(([name]) => name.split(".")[0] ?? ""))];
  return (
    <>
      <header><h1>{shell.settings()}</h1></header>
      <p class="muted">{t.intro()}</p>
      <div class="filters"><SearchBox label={t.search()} value={q} onChange={(text) => setQuery({ q: text }, "replace")} /></div>
      <Pending of={one} block />
      <div class="columns">
        {can("integrations:manage") && !q && <Providers />}
        {sections.map((section) => (
          <section key={section} class="card">
            <h2>{section}</h2>
            <dl class="facts">
              {shown?.filter(([name]) => name.split(".")[0] === section).map(([name, value]) => (
                <><dt key={name} class="mono">{name.slice(section.length + 1) || name}</dt><dd class="mono">{value || <span class="muted">{ui.none()}</span>}</dd></>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  );
}

function Providers() {
  const list = useQuery("providers of facts", (signal) => ok(api.GET("/api/v1/admin/integrations", { signal })).then((answer) => answer.data));
  return (
    <section class="card">
      <h2>{t.providers()}</h2>
      <Pending of={list} />
      <ul class="lines">
        {list.data.value?.map((one) => (
          <li key={one.what + one.provider}>
            <span class="grow stack tight">
              <span>{one.provider} <span class="muted small">{one.what}</span></span>
              <span class="muted small">{one.missing ? t.missing({ setting: one.missing }) : t.answered({ n: one.answered, failed: count(one.failed) })}{one.until && <> · <When at={one.until} /></>}</span>
              {one.last_error && <span class="small">{one.last_error}</span>}
            </span>
            <Badge tone={one.missing ? "neutral" : one.state === "closed" ? "ok" : "warn"}>{one.missing ? ui.no() : one.state === "closed" ? ui.yes() : one.state}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
