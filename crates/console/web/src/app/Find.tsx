// Ctrl K: screens, and what the lists of the API find.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok } from "../api/client";
import { can } from "../api/session";
import { Dialog } from "../ui/Dialog";
import { Icon, type IconName } from "../ui/Icon";
import { words } from "../words";
import { go, href } from "./router";
import { SCREENS, visible } from "./screens";
import { shell } from "./words";

const t = words({
  nothing: ["Nothing found for “{text}”.", "Aucun résultat pour « {text} ».", "未找到“{text}”。"],
  results: ["Results", "Résultats", "结果"],
  screens: ["Screens", "Écrans", "页面"],
});

interface Hit {
  group: string;
  label: string;
  more?: string;
  icon: IconName;
  to: string;
}

const LIMIT = 5;

/** A failing list hides only its own group. */
async function search(q: string, signal: AbortSignal): Promise<Hit[]> {
  const quiet = (find: Promise<Hit[]>) => find.catch(() => [] as Hit[]);
  const groups: Promise<Hit[]>[] = [];
  if (can("tasks:read")) {
    groups.push(quiet(ok(api.GET("/api/v1/tasks", { params: { query: { q, limit: LIMIT } }, signal })).then(({ data }) => data.map((task) => ({
      group: shell.tasks(), label: task.title, more: `#${task.id}`, icon: "task" as const, to: href("tasks", { open: task.id }),
    })))));
  }
  if (can("users:manage")) {
    groups.push(quiet(ok(api.GET("/api/v1/admin/users", { params: { query: { search: q, limit: LIMIT } }, signal })).then(({ data }) => data.map((user) => ({
      group: shell.users(), label: user.username, more: user.email ?? "", icon: "user" as const, to: href("users", { open: user.id }),
    })))));
  }
  if (can("files:read")) {
    groups.push(quiet(ok(api.GET("/api/v1/files", { params: { query: { q, limit: LIMIT } }, signal })).then(({ data }) => data.map((file) => ({
      group: shell.files(), label: file.filename, icon: "file" as const, to: href("files", { open: file.id }),
    })))));
  }
  if (can("catalog:manage")) {
    groups.push(quiet(ok(api.GET("/api/v1/admin/products", { params: { query: { q, limit: LIMIT } }, signal })).then(({ data }) => data.map((product) => ({
      group: shell.catalogue(), label: product.name, more: product.brand, icon: "box" as const, to: href("catalogue", { open: product.id }),
    })))));
  }
  return (await Promise.all(groups)).flat();
}

export function Find({ onClose }: { onClose: () => void }) {
  const text = useSignal("");
  const found = useSignal<Hit[]>([]);
  const at = useSignal(0);
  const searching = useSignal(false);

  useEffect(() => {
    const q = text.value.trim();
    if (q.length < 2) {
      found.value = [];
      searching.value = false;
      return;
    }
    const control = new AbortController();
    searching.value = true;
    const timer = setTimeout(() => {
      void search(q, control.signal).then((hits) => {
        if (control.signal.aborted) return;
        found.value = hits;
        searching.value = false;
      });
    }, 120);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text.value]);

  const q = text.value.trim().toLowerCase();
  const screens: Hit[] = SCREENS.filter((screen) => visible(screen) && screen.path !== "gallery" && screen.label().toLowerCase().includes(q))
    .map((screen) => ({ group: t.screens(), label: screen.label(), icon: screen.icon, to: href(screen.path) }));
  const hits = [...screens, ...found.value];
  const current = Math.min(at.value, Math.max(0, hits.length - 1));
  const groups = [...new Set(hits.map((hit) => hit.group))];
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    go(hit.to);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at.value = (current + (event.key === "ArrowDown" ? 1 : -1) + hits.length) % Math.max(1, hits.length);
      document.getElementById(`hit-${at.peek()}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(hits[current]);
    }
  };
  return (
    <Dialog title={shell.find()} look="palette" bare onClose={onClose}>
      <div class="palette-head">
        <Icon name="search" />
        <input autoFocus role="combobox" aria-label={shell.find()} aria-expanded="true" aria-controls="hits" aria-autocomplete="list" aria-activedescendant={hits.length ? `hit-${current}` : undefined}
          placeholder={shell.find()} value={text.value} onKeyDown={keys} spellcheck={false} autoComplete="off" onInput={(event) => {
            text.value = event.currentTarget.value;
            at.value = 0;
          }} />
        <kbd>Esc</kbd>
      </div>
      <div class="found" id="hits" role="listbox" aria-label={t.results()} tabIndex={0}>
        {groups.map((group) => (
          <div key={group} role="group" aria-label={group}>
            <h3 role="presentation">{group}</h3>
            {hits.map((hit, order) => hit.group === group && (
              <div key={hit.to} id={`hit-${order}`} role="option" aria-selected={order === current} onMouseMove={() => (at.value = order)} onClick={() => open(hit)}>
                <Icon name={hit.icon} /><span class="grow clip">{hit.label}</span>{hit.more && <span class="muted small">{hit.more}</span>}
              </div>
            ))}
          </div>
        ))}
      </div>
      {!hits.length && !searching.value && <div class="empty" role="status">{t.nothing({ text: text.value.trim() })}</div>}
    </Dialog>
  );
}
