/** A moment as `<input type="datetime-local">` shows it, in the reader's time zone. */
export function localTime(at: string | null | undefined): string {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function utcTime(local: string | undefined): string | null {
  return local ? new Date(local).toISOString() : null;
}
