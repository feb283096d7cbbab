// The frame of all screens: side bar, top bar, the screen, and what lies above it.
import type { ComponentType } from "preact";
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ok } from "../api/client";
import { online } from "../api/http";
import { useQuery } from "../api/query";
import { can, me, signOut } from "../api/session";
import { Button } from "../ui/Button";
import { Empty, Skeleton } from "../ui/Empty";
import { Failure } from "../ui/Banner";
import { Icon, Mark } from "../ui/Icon";
import { Menu } from "../ui/Menu";
import { ui } from "../ui/words";
import { LANGUAGES, language, setLanguage, type Language } from "../words";
import { count } from "../words/format";
import { Calls } from "./Calls";
import { Find } from "./Find";
import { href, path } from "./router";
import { SCREENS, screenOf, visible, type Screen } from "./screens";
import { setTheme, theme, type Theme } from "./theme";
import { shell } from "./words";

export const finding = signal(false);
export const showingCalls = signal(false);

const loaded = new Map<string, ComponentType>();

function Current({ screen }: { screen: Screen }) {
  const part = useSignal<ComponentType | null>(loaded.get(screen.path) ?? null);
  const error = useSignal<unknown>(null);
  const load = () => {
    error.value = null;
    screen.load().then(({ default: made }) => {
      loaded.set(screen.path, made);
      part.value = () => null;
      part.value = made;
    }).catch((fault: unknown) => (error.value = fault));
  };
  useEffect(() => {
    if (!part.peek()) load();
  }, []);
  useEffect(() => {
    document.title = `${screen.label()} · Alveole`;
  }, [language.value, screen]);
  if (error.value) return <Failure error={error.value} retry={load} />;
  const Part = part.value;
  return Part ? <Part /> : <Skeleton lines={6} />;
}

function Navigation({ onGo }: { onGo: () => void }) {
  const first = path.value.split("/")[0];
  const unread = useQuery("unread", () => (can("notifications:read")
    ? ok(api.GET("/api/v1/notifications/count")).then(({ data }) => data.unread)
    : Promise.resolve(0)), ["notification"]);
  const group = (name: Screen["group"], label: string) => {
    const shown = SCREENS.filter((screen) => screen.group === name && visible(screen));
    if (!shown.length) return null;
    return (
      <section key={name} aria-label={label}>
        <h2>{label}</h2>
        <ul>
          {shown.map((screen) => (
            <li key={screen.path}>
              <a href={href(screen.path)} aria-current={screen.path === first ? "page" : undefined} onClick={onGo}>
                <Icon name={screen.icon} />{screen.label()}
                {screen.path === "notifications" && Boolean(unread.data.value) && (
                  <span class="count" title={shell.unread({ n: unread.data.value ?? 0 })}>{count(unread.data.value ?? 0)}</span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </section>
    );
  };
  return (
    <nav aria-label={shell.navigation()}>
      {group("work", shell.work())}
      {group("people", shell.people())}
      {group("operate", shell.operate())}
    </nav>
  );
}

export function themeActions() {
  const looks: [Theme, () => string][] = [["system", shell.system], ["light", shell.light], ["dark", shell.dark]];
  return looks.map(([name, label]) => ({ label: label(), checked: theme.value === name, does: () => setTheme(name) }));
}

export function languageActions() {
  return (Object.entries(LANGUAGES) as [Language, string][]).map(([name, label]) => ({ label, checked: language.value === name, does: () => setLanguage(name) }));
}

export function Shell() {
  const side = useSignal(false);
  const screen = screenOf(path.value);
  const allowed = screen && visible(screen);

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        finding.value = !finding.peek();
      } else if (event.key === "Escape") side.value = false;
    };
    addEventListener("keydown", keys);
    return () => removeEventListener("keydown", keys);
  }, []);

  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={(event) => {
        event.preventDefault();
        document.getElementById("content")?.focus();
      }}>{shell.skip()}</a>
      <aside class={side.value ? "side open" : "side"} id="side">
        <a class="brand" href={href("")}><Mark />Alveole</a>
        <Navigation onGo={() => (side.value = false)} />
      </aside>
      <div class="main">
        {!online.value && <div class="bar" role="status"><Icon name="alert" />{ui.noAnswer()}</div>}
        <header class="top">
          <span class="menu-button"><Button icon="menu" look="quiet" label={shell.menu()} expanded={side.value} onClick={() => (side.value = !side.value)} /></span>
          <button type="button" class="find" onClick={() => (finding.value = true)}>
            <Icon name="search" /><span class="clip">{shell.find()}</span><kbd>Ctrl K</kbd>
          </button>
          <span class="grow" />
          <Button icon="code" look="quiet" label={shell.calls()} popup="dialog" onClick={() => (showingCalls.value = true)} />
          <Menu label={me.value?.username ?? shell.account()} button={{ icon: "user" }} actions={[
            me.value?.username ?? "",
            { label: shell.account(), icon: "user", href: href("account") },
            { label: shell.docs(), icon: "book", does: () => open("/docs/", "_blank", "noopener") },
            null, shell.theme(), ...themeActions(), null, shell.language(), ...languageActions(), null,
            { label: shell.signOut(), icon: "out", does: signOut },
          ]} />
        </header>
        <main class="screen" id="content" tabIndex={-1}>
          {screen && allowed ? <Current key={screen.path} screen={screen} /> : <Empty title={screen ? shell.denied() : shell.notFound()} />}
        </main>
      </div>
      {finding.value && <Find onClose={() => (finding.value = false)} />}
      {showingCalls.value && <Calls onClose={() => (showingCalls.value = false)} />}
    </div>
  );
}

