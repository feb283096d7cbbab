// Numbers, times and sizes as the language writes them.
import { locale } from "./index";

const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();

function kept<F extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(name: string, make: (tag: string) => F): F {
  const key = `${locale()} ${name}`;
  let format = formats.get(key) as F | undefined;
  if (!format) formats.set(key, (format = make(locale())));
  return format;
}

export function count(value: number): string {
  return kept("count", (tag) => new Intl.NumberFormat(tag)).format(value);
}

export function decimal(value: number, digits = 1): string {
  return kept(`decimal ${digits}`, (tag) => new Intl.NumberFormat(tag, { maximumFractionDigits: digits })).format(value);
}

export function percent(share: number): string {
  return kept("percent", (tag) => new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 })).format(share);
}

/** Money in minor units. */
export function money(minor: number, currency: string): string {
  const format = kept(`money ${currency}`, (tag) => new Intl.NumberFormat(tag, { style: "currency", currency }));
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function bytes(size: number): string {
  let rank = 0;
  let value = size;
  while (value >= 1000 && rank < UNITS.length - 1) {
    value /= 1000;
    rank += 1;
  }
  const unit = UNITS[rank] as string;
  const style = { style: "unit", unit, unitDisplay: rank ? "short" : "long", maximumFractionDigits: value < 10 && rank ? 1 : 0 } as const;
  return kept(`bytes ${unit} ${value < 10}`, (tag) => new Intl.NumberFormat(tag, style)).format(value);
}

export function dateTime(at: string | number | Date): string {
  return kept("dateTime", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" })).format(new Date(at));
}

export function exact(at: string | number | Date): string {
  return kept("exact", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "long" })).format(new Date(at));
}

/** A calendar date without a time zone. */
export function date(day: string): string {
  return kept("date", (tag) => new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeZone: "UTC" })).format(new Date(`${day.slice(0, 10)}T00:00:00Z`));
}

export function clock(at: string | number | Date): string {
  return kept("clock", (tag) => new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit" })).format(new Date(at));
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/** "3 minutes ago" within a week, the date beyond. */
export function relative(at: string | number | Date): string {
  const seconds = (new Date(at).getTime() - Date.now()) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return dateTime(at);
  const format = kept("relative", (tag) => new Intl.RelativeTimeFormat(tag, { numeric: "auto" }));
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds), "second");
}

export function duration(milliseconds: number): string {
  const [value, unit] = milliseconds < 1000 ? [milliseconds, "millisecond"] : milliseconds < 60_000
    ? [milliseconds / 1000, "second"] : milliseconds < 3_600_000 ? [milliseconds / 60_000, "minute"] : [milliseconds / 3_600_000, "hour"];
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return kept(`duration ${unit} ${value < 10}`, (tag) => new Intl.NumberFormat(tag, style)).format(value);
}
