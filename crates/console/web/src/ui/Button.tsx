import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { Icon, type IconName } from "./Icon";
import { fail } from "./Toast";

export interface ButtonProps {
  children?: ComponentChildren;
  /** The accessible name of a button that shows only an icon; also its tooltip. */
  label?: string;
  icon?: IconName;
  look?: "plain" | "primary" | "danger" | "quiet";
  compact?: boolean;
  wide?: boolean;
  type?: "button" | "submit";
  busy?: boolean;
  disabled?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  popup?: "menu" | "dialog";
  id?: string;
  /** A promise keeps the button busy; what it throws is shown as a toast. */
  onClick?: (event: MouseEvent) => unknown;
}

export function Button(props: ButtonProps) {
  const { children, label, icon, look = "plain", compact, wide, type = "button", disabled, pressed, expanded, popup, id, onClick } = props;
  const running = useSignal(false);
  const busy = props.busy || running.value;
  const click = async (event: MouseEvent) => {
    if (busy || disabled) {
      event.preventDefault();
      return;
    }
    const result = onClick?.(event);
    if (!(result instanceof Promise)) return;
    running.value = true;
    try {
      await result;
    } catch (error) {
      fail(error);
    } finally {
      running.value = false;
    }
  };
  const names = ["button", look !== "plain" && look, compact && "compact", wide && "wide", icon && !children && "icon"];
  return (
    <button id={id} type={type} class={names.filter(Boolean).join(" ")} onClick={click} title={children ? undefined : label}
      aria-label={children ? undefined : label} aria-disabled={busy || disabled || undefined} aria-busy={busy || undefined}
      aria-pressed={pressed} aria-expanded={expanded} aria-haspopup={popup}>
      {busy ? <span class="spin" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton({ href, children, icon, look = "plain", compact, download, label, external }: {
  href: string; children?: ComponentChildren; icon?: IconName; look?: "plain" | "primary" | "quiet"; compact?: boolean; download?: string; label?: string; external?: boolean;
}) {
  const names = ["button", look !== "plain" && look, compact && "compact", icon && !children && "icon"];
  return (
    <a class={names.filter(Boolean).join(" ")} href={href} download={download} aria-label={children ? undefined : label} title={children ? undefined : label}
      {...(external && { target: "_blank", rel: "noopener noreferrer" })}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
