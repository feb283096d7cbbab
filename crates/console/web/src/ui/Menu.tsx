import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { Button, type ButtonProps } from "./Button";
import { Icon, type IconName } from "./Icon";
import { fail } from "./Toast";
import { ui } from "./words";

export interface Action {
  label: string;
  icon?: IconName;
  danger?: boolean;
  checked?: boolean;
  href?: string;
  does?: () => unknown;
}

/** A button that opens a list of actions; `null` is a line between them, a text a heading. */
export function Menu({ label, actions, button = {} }: { label?: string; actions: readonly (Action | string | null | false)[]; button?: ButtonProps }) {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const list = box.current;
    if (!open.value || !list) return;
    list.showPopover();
    const at = (anchor.current as HTMLElement).getBoundingClientRect();
    const { width, height } = list.getBoundingClientRect();
    list.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
    list.style.top = `${at.bottom + 4 + height > innerHeight ? Math.max(8, at.top - height - 4) : at.bottom + 4}px`;
    list.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
  }, [open.value]);

  const shut = (back: boolean) => {
    open.value = false;
    if (back) anchor.current?.querySelector("button")?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items[(to + items.length) % items.length]?.focus();
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      shut(true);
    } else if (event.key === "Tab") shut(true);
  };
  const run = async (action: Action) => {
    shut(true);
    try {
      await action.does?.();
    } catch (error) {
      fail(error);
    }
  };

  return (
    <span ref={anchor}>
      <Button icon="more" look="quiet" compact {...button} label={label ?? ui.more()} popup="menu" expanded={open.value} onClick={() => (open.value = !open.value)} />
      {open.value && (
        <div ref={box} class="menu" role="menu" popover="auto" onKeyDown={keys} aria-label={label ?? ui.more()}
          onToggle={(event) => {
            if ((event as ToggleEvent).newState === "closed") open.value = false;
          }}>
          {actions.map((action, at) => {
            if (action === false) return null;
            if (action === null) return <hr key={at} />;
            if (typeof action === "string") return <div key={at} class="label" role="presentation">{action}</div>;
            const inner = <>{action.icon && <Icon name={action.icon} />}<span class="grow">{action.label}</span>{action.checked && <Icon name="check" />}</>;
            return action.href
              ? <a key={at} role="menuitem" tabIndex={-1} href={action.href} onClick={() => shut(false)}>{inner}</a>
              : (
                <button key={at} type="button" tabIndex={-1} class={action.danger ? "danger" : undefined} role={action.checked === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={action.checked} onClick={() => void run(action)}>{inner}</button>
              );
          })}
        </div>
      )}
    </span>
  );
}
