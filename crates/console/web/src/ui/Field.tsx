import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { useFormField } from "./Form";
import { Icon } from "./Icon";
import { ui } from "./words";

interface Common {
  /** The JSON Pointer of the value without its slash; also the name in the form. */
  name: string;
  label: string;
  hint?: string | undefined;
  required?: boolean;
  disabled?: boolean;
}

export function Frame({ id, label, hint, error, children }: {
  id: string; label: string; hint?: string | undefined; error?: string | undefined; children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {error
        ? <span class="error" id={`${id}-error`}><Icon name="alert" size={14} />{error}</span>
        : hint && <span class="hint" id={`${id}-hint`}>{hint}</span>}
    </div>
  );
}

function described(id: string, hint?: string, error?: string) {
  return {
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-describedby": error ? `${id}-error` : hint ? `${id}-hint` : undefined,
  };
}

export function TextField(props: Common & {
  type?: "text" | "email" | "password" | "number" | "date" | "datetime-local" | "url" | "tel" | "time";
  autocomplete?: string; placeholder?: string; mono?: boolean; inputmode?: "numeric" | "text"; step?: string; min?: string; maxLength?: number; autofocus?: boolean;
}) {
  const id = useId();
  const field = useFormField(props.name);
  const shown = useSignal(false);
  const secret = props.type === "password";
  const element = useRef<HTMLInputElement>(null);
  // The attribute alone works only while the page loads and when a dialog opens.
  useEffect(() => {
    if (props.autofocus) element.current?.focus();
  }, []);
  const input = (
    <input ref={element} id={id} class={props.mono ? "input mono" : "input"} name={props.name} type={(secret && shown.value ? "text" : props.type ?? "text") as "text"}
      value={field.value} required={props.required} disabled={props.disabled} placeholder={props.placeholder} step={props.step} min={props.min}
      autoComplete={props.autocomplete ?? "off"} inputMode={props.inputmode} autoFocus={props.autofocus} maxLength={props.maxLength}
      spellcheck={false} autoCapitalize="off" {...described(id, props.hint, field.error)} onInput={(event) => field.set(event.currentTarget.value)} />
  );
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={field.error}>
      {secret
        ? (
          <div class="with-button">
            {input}
            <button type="button" class="button" aria-pressed={shown.value} aria-controls={id} onClick={() => (shown.value = !shown.value)}>
              {shown.value ? ui.hide() : ui.show()}
            </button>
          </div>
        )
        : input}
    </Frame>
  );
}

export function TextArea(props: Common & { rows?: number; mono?: boolean; placeholder?: string; maxLength?: number }) {
  const id = useId();
  const field = useFormField(props.name);
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={field.error}>
      <textarea id={id} class={props.mono ? "area mono" : "area"} name={props.name} rows={props.rows ?? 4} required={props.required}
        disabled={props.disabled} placeholder={props.placeholder} maxLength={props.maxLength} value={field.value} {...described(id, props.hint, field.error)}
        onInput={(event) => field.set(event.currentTarget.value)} />
    </Frame>
  );
}

export interface Choice {
  value: string;
  label: string;
}

export function SelectField(props: Common & { choices: readonly Choice[] }) {
  const id = useId();
  const field = useFormField(props.name);
  return (
    <Frame id={id} label={props.label} hint={props.hint} error={field.error}>
      <select id={id} class="select" name={props.name} disabled={props.disabled} value={field.value} {...described(id, props.hint, field.error)}
        onChange={(event) => field.set(event.currentTarget.value)}>
        {props.choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
      </select>
    </Frame>
  );
}

/** The value is "true" or "". */
export function CheckField(props: Common) {
  const field = useFormField(props.name);
  const id = useId();
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" name={props.name} checked={field.value === "true"} disabled={props.disabled} {...described(id, props.hint, field.error)}
          onChange={(event) => field.set(event.currentTarget.checked ? "true" : "")} />
        <span>{props.label}</span>
      </label>
      {field.error ? <span class="error" id={`${id}-error`}>{field.error}</span> : props.hint && <span class="hint" id={`${id}-hint`}>{props.hint}</span>}
    </div>
  );
}

/** Several of a list: the value holds the chosen ones, one a line. */
export function ChecksField(props: Common & { choices: readonly Choice[] }) {
  const field = useFormField(props.name);
  const chosen = new Set(field.value.split("\n").filter(Boolean));
  const id = useId();
  return (
    <fieldset aria-describedby={field.error ? `${id}-error` : undefined}>
      <legend>{props.label}</legend>
      {props.choices.map((choice) => (
        <label key={choice.value} class="check">
          <input type="checkbox" name={props.name} checked={chosen.has(choice.value)} disabled={props.disabled} onChange={(event) => {
            if (event.currentTarget.checked) chosen.add(choice.value);
            else chosen.delete(choice.value);
            field.set([...chosen].join("\n"));
          }} />
          <span>{choice.label}</span>
        </label>
      ))}
      {field.error && <span class="field"><span class="error" id={`${id}-error`}>{field.error}</span></span>}
    </fieldset>
  );
}

/** A filter beside a list: no form, its value is in the address. */
export function Filter({ label, value, choices, onChange }: {
  label: string; value: string; choices: readonly Choice[]; onChange: (value: string) => void;
}) {
  return (
    <select class="select" aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
      <option value="">{label}</option>
      {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
    </select>
  );
}

export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const timer = useSignal(0);
  return (
    <div class="search">
      <Icon name="search" />
      <input class="input" type="search" aria-label={label} placeholder={label} defaultValue={value} key={value === "" ? "empty" : "some"} spellcheck={false}
        onInput={(event) => {
          const text = event.currentTarget.value;
          clearTimeout(timer.peek());
          timer.value = window.setTimeout(() => onChange(text.trim()), 250);
        }} />
    </div>
  );
}
