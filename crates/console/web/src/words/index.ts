// Words in the three languages, side by side where they are used: a missing language is a type error, and so is a
// missing word. `n` chooses the plural and is written as the language writes numbers.
import { signal } from "@preact/signals";

export const LANGUAGES = { en: "English", fr: "Français", "zh-Hans": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES | "en-XA";
type Form = string | readonly [one: string, other: string];
type Entry = readonly [en: Form, fr: Form, zh: string];
type Values = Record<string, string | number>;

const STORED = "alveole.language";

function preferred(): Language {
  const asked = [localStorage.getItem(STORED) ?? "", ...navigator.languages];
  for (const tag of asked) {
    if (tag === "en-XA") return tag;
    const plain = tag.toLowerCase();
    if (plain.startsWith("zh")) return "zh-Hans";
    if (plain.startsWith("fr")) return "fr";
    if (plain.startsWith("en")) return "en";
  }
  return "en";
}

export const language = signal<Language>(preferred());
document.documentElement.lang = language.peek();

export function setLanguage(next: Language): void {
  localStorage.setItem(STORED, next);
  document.documentElement.lang = next;
  language.value = next;
}

// The tag for `Intl`: the pseudo-locale counts and dates as English does.
export function locale(): string {
  return language.value === "en-XA" ? "en" : language.value;
}

const plurals = new Map<string, Intl.PluralRules>();
const INDEX = { en: 0, fr: 1, "zh-Hans": 2, "en-XA": 0 } as const;
const LONGER: Record<string, string> = { a: "á", e: "ë", i: "ï", o: "ö", u: "ü", A: "Å", E: "É", O: "Ø" };

// English that is 40 % longer, to see which layouts break.
function pseudo(text: string): string {
  const accented = text.replace(/\{\w+\}|[aeiouAEO]/g, (part) => LONGER[part] ?? part);
  return `⟦${accented}${"~".repeat(Math.ceil(text.length * 0.4))}⟧`;
}

function number(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

function say(entry: Entry, values: Values = {}): string {
  const tag = locale();
  const form = entry[INDEX[language.value]];
  let text: string;
  if (typeof form === "string") {
    text = form;
  } else {
    let rules = plurals.get(tag);
    if (!rules) plurals.set(tag, (rules = new Intl.PluralRules(tag)));
    text = rules.select(Number(values["n"] ?? 0)) === "one" ? form[0] : form[1];
  }
  if (language.value === "en-XA") text = pseudo(text);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : value;
  });
}

export function words<const D extends Record<string, Entry>>(entries: D): { [K in keyof D]: (values?: Values) => string } {
  const spoken = {} as { [K in keyof D]: (values?: Values) => string };
  for (const key of Object.keys(entries) as (keyof D)[]) {
    spoken[key] = (values) => say(entries[key] as Entry, values);
  }
  return spoken;
}

/** The word for a value of the API, or the value itself when there is none yet. */
export function wordFor(of: Record<string, () => string>, value: string): string {
  return of[value]?.() ?? value.replaceAll("_", " ");
}
