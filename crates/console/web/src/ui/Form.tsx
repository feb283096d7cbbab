// Forms: values as text, faults at their fields by JSON Pointer, focus to the first fault, a question before changes
// are lost, and a choice by field when the resource was changed meanwhile (412).
import { createContext, type ComponentChildren } from "preact";
import { signal, useSignal, type Signal } from "@preact/signals";
import { useContext, useEffect, useMemo, useRef } from "preact/hooks";
import { dirty, guard } from "../app/router";
import { ApiError } from "../api/problem";
import { Banner } from "./Banner";
import { Button } from "./Button";
import { Conflict } from "./Conflict";
import { reason } from "./Toast";
import type { Values, Versions } from "./versions";
import { ui } from "./words";

export type { Values };

interface FormState {
  values: Signal<Values>;
  errors: Signal<Values>;
}

const Context = createContext<FormState | null>(null);
const nowhere: FormState = { values: signal({}), errors: signal({}) };

export function useFormField(name: string) {
  const form = useContext(Context) ?? nowhere;
  return {
    value: form.values.value[name] ?? "",
    error: form.errors.value[name],
    set: (value: string) => {
      form.values.value = { ...form.values.peek(), [name]: value };
      if (form.errors.peek()[name]) {
        const { [name]: _, ...rest } = form.errors.peek();
        form.errors.value = rest;
      }
    },
  };
}

/** The values of the form around, for parts that depend on one another. */
export function useFormValues(): Values {
  return (useContext(Context) ?? nowhere).values.value;
}

export interface Change {
  /** Names this attempt: trying the same again does not do it twice. */
  key: string;
  /** The ETag to present after a conflict was resolved. */
  etag: string | undefined;
  /** Fields whose values differ from what the server has. */
  fields: readonly string[];
}

/** The part of a body whose fields changed. */
export function only<B extends object>(body: B, { fields }: Change): Partial<B> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => fields.includes(name))) as Partial<B>;
}

interface FormProps {
  initial: Values;
  children: ComponentChildren;
  submit: string;
  onSubmit: (values: Values, change: Change) => Promise<unknown>;
  onCancel?: () => void;
  look?: "primary" | "danger";
  wide?: boolean;
  actions?: ComponentChildren;
  /** Makes the values of a resource as the API shows it, for the choice after a 412. */
  valuesOf?: (current: Record<string, unknown>) => Values;
  labels?: Record<string, string>;
  /** How a value is shown in the conflict form. */
  display?: (field: string, value: string) => string;
}

/** The field that a JSON Pointer is about: `/tags/0` belongs to `tags`. */
export function fieldOf(pointer: string): string {
  return pointer.replace(/^\/(data\/)?/, "").split("/")[0] ?? "";
}

export function Form(props: FormProps) {
  const values = useSignal<Values>(props.initial);
  const errors = useSignal<Values>({});
  const message = useSignal<string>("");
  const busy = useSignal(false);
  const conflict = useSignal<(Versions & { etag: string }) | null>(null);
  const element = useRef<HTMLFormElement>(null);
  const attempt = useRef({ text: "", key: "" });
  const start = useRef(JSON.stringify(props.initial));
  const state = useMemo(() => ({ values, errors }), []);
  const changed = JSON.stringify(values.value) !== start.current;

  useEffect(() => {
    if (!changed) return;
    dirty.value += 1;
    // What is being saved may leave: its form goes away because it succeeded.
    const stop = guard(() => busy.peek() || confirm(ui.discard()));
    return () => {
      dirty.value -= 1;
      stop();
    };
  }, [changed]);

  const show = (error: unknown) => {
    if (error instanceof ApiError && error.status === 412 && error.problem.current && props.valuesOf) {
      const current = error.problem.current;
      conflict.value = {
        base: JSON.parse(start.current) as Values,
        yours: values.peek(),
        theirs: props.valuesOf(current),
        etag: `"${String(current["version"] ?? "")}"`,
      };
      return;
    }
    const faults = error instanceof ApiError ? error.problem.errors ?? [] : [];
    const known = new Set([...(element.current?.elements ?? [])].map((one) => (one as HTMLInputElement).name));
    const next: Values = {};
    const loose: string[] = [];
    for (const fault of faults) {
      const field = fieldOf(fault.field);
      if (known.has(field) && !next[field]) next[field] = fault.message;
      else if (!known.has(field)) loose.push(`${fault.field}: ${fault.message}`);
    }
    errors.value = next;
    message.value = Object.keys(next).length && !loose.length ? "" : loose.length ? loose.join("\n") : reason(error);
    requestAnimationFrame(() => {
      const first = element.current?.querySelector<HTMLElement>("[aria-invalid=true], .banner.danger");
      first?.focus();
      first?.scrollIntoView({ block: "nearest" });
    });
  };

  const run = async (by: Values, over?: { etag: string; theirs: Values }) => {
    if (busy.peek()) return;
    busy.value = true;
    message.value = "";
    errors.value = {};
    try {
      const text = JSON.stringify(by);
      if (attempt.current.text !== text) attempt.current = { text, key: crypto.randomUUID() };
      const base = over?.theirs ?? (JSON.parse(start.current) as Values);
      await props.onSubmit(by, { key: attempt.current.key, etag: over?.etag, fields: Object.keys(by).filter((name) => by[name] !== base[name]) });
      attempt.current = { text: "", key: "" };
      start.current = JSON.stringify(values.peek());
      values.value = { ...values.peek() };
    } catch (error) {
      show(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <Context.Provider value={state}>
      <form ref={element} class="form" noValidate onSubmit={(event) => {
        event.preventDefault();
        void run(values.peek());
      }}>
        {message.value && <Banner look="danger" focusable>{message.value.split("\n").map((line) => <div key={line}>{line}</div>)}</Banner>}
        {props.children}
        <div class="actions">
          <Button type="submit" look={props.look ?? "primary"} busy={busy.value} wide={props.wide ?? false}>{props.submit}</Button>
          {props.onCancel && <Button onClick={props.onCancel}>{ui.cancel()}</Button>}
          {props.actions}
        </div>
      </form>
      {conflict.value && (
        <Conflict versions={conflict.value} labels={props.labels ?? {}} display={props.display} onCancel={() => (conflict.value = null)} onChoose={(chosen) => {
          const over = conflict.peek();
          conflict.value = null;
          values.value = chosen;
          void run(chosen, over ?? undefined);
        }} />
      )}
    </Context.Provider>
  );
}
