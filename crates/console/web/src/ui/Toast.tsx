import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, OfflineError } from "../api/problem";
import { Icon } from "./Icon";
import { ui } from "./words";

interface Note {
  number: number;
  text: string;
  danger: boolean;
  undo?: (() => Promise<unknown>) | undefined;
}

const notes = signal<readonly Note[]>([]);
let counter = 0;

function drop(number: number): void {
  notes.value = notes.peek().filter((note) => note.number !== number);
}

function add(text: string, danger: boolean, undo?: () => Promise<unknown>): void {
  const number = (counter += 1);
  notes.value = [...notes.peek().slice(-3), { number, text, danger, undo }];
  setTimeout(() => drop(number), danger || undo ? 10_000 : 4000);
}

export function toast(text: string, undo?: () => Promise<unknown>): void {
  add(text, false, undo);
}

/** What a failure says to a person. */
export function reason(error: unknown): string {
  if (error instanceof OfflineError) return ui.noAnswer();
  if (error instanceof ApiError) {
    if (error.status === 429 && error.retryAfter) return ui.tooMany({ n: error.retryAfter });
    const faults = error.problem.errors?.map((fault) => `${fault.field || "/"}: ${fault.message}`) ?? [];
    return [error.message, ...faults].join(" · ");
  }
  return error instanceof Error ? error.message : String(error);
}

export function fail(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  add(reason(error), true);
}

export function Toasts() {
  const box = useRef<HTMLDivElement>(null);
  // In the top layer, above a dialog that was opened before.
  useEffect(() => effect(() => {
    const many = notes.value.length;
    const element = box.current;
    if (!element?.showPopover) return;
    if (element.matches(":popover-open")) element.hidePopover();
    if (many) element.showPopover();
  }), []);
  return (
    <div class="toasts" role="status" aria-live="polite" popover="manual" ref={box}>
      {notes.value.map((note) => (
        <div key={note.number} class={note.danger ? "toast danger" : "toast"}>
          <span class="grow">{note.text}</span>
          {note.undo && (
            <button type="button" class="button compact" onClick={() => {
              drop(note.number);
              note.undo?.().catch(fail);
            }}>{ui.undo()}</button>
          )}
          <button type="button" class="button quiet icon compact" aria-label={ui.close()} onClick={() => drop(note.number)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
