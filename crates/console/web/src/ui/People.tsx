// Names of accounts by number, asked for once, and a field to choose one.
import { signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { api, ok } from "../api/client";
import { can, me } from "../api/session";
import { Frame } from "./Field";
import { useFormField } from "./Form";
import { Avatar } from "./Badge";
import { ui } from "./words";

const names = signal<ReadonlyMap<number, string>>(new Map());
const asked = new Set<number>();

/** Forgets the names, as at sign-out. */
export function forgetPeople(): void {
  names.value = new Map();
  asked.clear();
}

export function learn(people: readonly { id: number; username: string }[]): void {
  const next = new Map(names.peek());
  for (const { id, username } of people) next.set(id, username);
  names.value = next;
}

export function nameOf(id: number): string {
  const own = me.value;
  return (own?.id === id ? own.username : names.value.get(id)) ?? `#${id}`;
}

export function Person({ id, plain }: { id: number | null | undefined; plain?: boolean }) {
  useEffect(() => {
    if (id === null || id === undefined || id === me.peek()?.id || asked.has(id) || names.peek().has(id) || !can("users:read")) return;
    asked.add(id);
    ok(api.GET("/api/v1/users/{id}", { params: { path: { id } } })).then(({ data }) => learn([data])).catch(() => undefined);
  }, [id]);
  if (id === null || id === undefined) return <span class="muted">–</span>;
  const name = nameOf(id);
  return plain ? <>{name}</> : <span class="row nowrap"><Avatar name={name} />{name}</span>;
}

/** Holds the number of an account as text; writing searches. */
export function PersonField({ name, label, hint }: { name: string; label: string; hint?: string }) {
  const id = useId();
  const field = useFormField(name);
  const text = useSignal<string | null>(null);
  const found = useSignal<{ id: number; username: string }[]>([]);
  const at = useSignal(0);
  const chosen = Number(field.value) || null;
  useEffect(() => {
    const search = text.value;
    if (search === null) return;
    const timer = setTimeout(() => {
      ok(api.GET("/api/v1/users", { params: { query: { limit: 8, ...(search && { search }) } } })).then(({ data }) => {
        learn(data);
        found.value = data;
        at.value = 0;
      }).catch(() => (found.value = []));
    }, 150);
    return () => clearTimeout(timer);
  }, [text.value]);
  const choose = (person: { id: number } | undefined) => {
    if (person) field.set(String(person.id));
    text.value = null;
  };
  const keys = (event: KeyboardEvent) => {
    if (text.value === null || !found.value.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at.value = (at.value + (event.key === "ArrowDown" ? 1 : -1) + found.value.length) % found.value.length;
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(found.value[at.value]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      text.value = null;
    }
  };
  const open = text.value !== null && found.value.length > 0;
  return (
    <Frame id={id} label={label} hint={hint} error={field.error}>
      <div class="combo">
        <div class="with-button">
          <input id={id} name={name} class="input" role="combobox" aria-autocomplete="list" aria-expanded={open} aria-controls={open ? `${id}-list` : undefined} autoComplete="off"
            aria-activedescendant={open ? `${id}-${at.value}` : undefined} aria-invalid={field.error ? "true" : undefined} spellcheck={false}
            value={text.value ?? (chosen ? nameOf(chosen) : "")} placeholder={ui.none()}
            onInput={(event) => (text.value = event.currentTarget.value)} onKeyDown={keys} onBlur={() => setTimeout(() => (text.value = null), 150)} />
          {chosen && <button type="button" class="button" onClick={() => field.set("")}>{ui.clear()}</button>}
        </div>
        {open && (
          <ul id={`${id}-list`} role="listbox" aria-label={label}>
            {found.value.map((person, order) => (
              <li key={person.id} id={`${id}-${order}`} role="option" aria-selected={order === at.value} onMouseDown={(event) => {
                event.preventDefault();
                choose(person);
              }}>{person.username}</li>
            ))}
          </ul>
        )}
      </div>
      {chosen !== null && <span hidden><Person id={chosen} /></span>}
    </Frame>
  );
}
