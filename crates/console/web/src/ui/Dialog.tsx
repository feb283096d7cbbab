// The native <dialog>: it keeps the focus inside and gives it back.
import type { ComponentChildren } from "preact";
import { signal, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { dirty } from "../app/router";
import { Button } from "./Button";
import { ui } from "./words";

export function Dialog({ title, children, look = "plain", onClose, actions, bare }: {
  title: string; children: ComponentChildren; look?: "plain" | "sheet" | "wide" | "palette"; onClose: () => void; actions?: ComponentChildren; bare?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const before = useRef(dirty.peek());
  const gone = useRef(false);
  useEffect(() => {
    const dialog = element.current as HTMLDialogElement;
    const opener = document.activeElement;
    if (!dialog.open) dialog.showModal();
    // Without a field to begin with, the focus is at the title.
    if (!dialog.querySelector("[autofocus]")) dialog.querySelector<HTMLElement>(".dialog-head h2")?.focus();
    return () => {
      gone.current = true;
      dialog.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const leave = () => {
    if (dirty.peek() > before.current && !confirm(ui.discard())) return;
    onClose();
  };
  return (
    <dialog ref={element} class={look} aria-labelledby={bare ? undefined : id} aria-label={bare ? title : undefined}
      onCancel={(event) => {
        event.preventDefault();
        if (event.target === element.current) leave();
      }}
      onClose={(event) => {
        // The browser closes it when Escape is pressed twice, whatever we answer.
        if (event.target === element.current && !gone.current) onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) leave();
      }}>
      {bare ? children : (
        <>
          <div class="dialog-head">
            <h2 id={id} tabIndex={-1}>{title}</h2>
            <span class="row">{actions}<Button icon="close" label={ui.close()} look="quiet" onClick={leave} /></span>
          </div>
          <div class="dialog-body">{children}</div>
        </>
      )}
    </dialog>
  );
}

interface Question {
  title: string;
  text: string;
  action: string;
  /** Above ten things their number has to be written. */
  count: number;
  answer: (yes: boolean) => void;
}

const question = signal<Question | null>(null);

/** Asks before something dangerous, by name. */
export function sure(title: string, text: string, action: string, count = 1): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = { title, text, action, count, answer: (yes) => {
      question.value = null;
      resolve(yes);
    } };
  });
}

export function Questions() {
  const asked = question.value;
  return asked && <Ask key={asked.title} asked={asked} />;
}

function Ask({ asked }: { asked: Question }) {
  const typed = useSignal("");
  const id = useId();
  const many = asked.count > 10;
  return (
    <Dialog title={asked.title} onClose={() => asked.answer(false)}>
      <p>{asked.text}</p>
      {many && (
        <div class="field">
          <label for={id}>{ui.confirmCount({ n: String(asked.count) })}</label>
          <input id={id} class="input" inputMode="numeric" value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} />
        </div>
      )}
      <div class="row">
        <Button look="danger" disabled={many && typed.value.trim() !== String(asked.count)} onClick={() => asked.answer(true)}>{asked.action}</Button>
        <Button onClick={() => asked.answer(false)}>{ui.cancel()}</Button>
      </div>
    </Dialog>
  );
}
