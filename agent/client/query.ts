/** A path's query: `?name=value…`, a list once a value, what is undefined left out; empty when nothing is left. */
export function query(values: Record<string, string | number | boolean | string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** The path of a container, by any of its references. */
export function containerAt(ref: string): string {
  return `/v1/containers/${encodeURIComponent(ref)}`;
}

export function policyAt(name: string): string {
  return `/v1/policies/${encodeURIComponent(name)}`;
}
