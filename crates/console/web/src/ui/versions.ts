export type Values = Record<string, string>;

export interface Versions {
  base: Values;
  yours: Values;
  theirs: Values;
}

/** Fields whose versions differ; only a field that the person changed begins with theirs unchosen. */
export function differing({ base, yours, theirs }: Versions): { field: string; mine: boolean }[] {
  return Object.keys(yours)
    .filter((field) => theirs[field] !== undefined && theirs[field] !== yours[field])
    .map((field) => ({ field, mine: yours[field] !== base[field] }));
}
