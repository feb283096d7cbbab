import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface Tab {
  name: string;
  label: string;
  content: () => ComponentChildren;
}

/** Arrow keys move between tabs, as WAI-ARIA describes them. */
export function Tabs({ label, tabs, current, onChange }: { label: string; tabs: readonly Tab[]; current: string; onChange: (name: string) => void }) {
  const id = useId();
  const active = tabs.find((tab) => tab.name === current) ?? tabs[0];
  const move = (event: KeyboardEvent) => {
    const at = tabs.indexOf(active as Tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    onChange(next.name);
    requestAnimationFrame(() => document.getElementById(`${id}-${next.name}`)?.focus());
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map((tab) => (
          <button key={tab.name} id={`${id}-${tab.name}`} type="button" role="tab" aria-selected={tab === active}
            aria-controls={`${id}-panel`} tabIndex={tab === active ? 0 : -1} onClick={() => onChange(tab.name)}>{tab.label}</button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${active?.name}`} class="stack" key={active?.name}>{active?.content()}</div>
    </>
  );
}
