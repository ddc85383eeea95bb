export interface ActLabels {
  policy: string;
  rule: string;
  action: string;
  result: string;
}

/** How often which rule did what, with what result, since the agent started. */
export class ActCounts {
  readonly #counts = new Map<string, { labels: ActLabels; count: number }>();

  add(labels: ActLabels): void {
    const key = `${labels.policy}/${labels.rule}/${labels.action}/${labels.result}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, count: 1 });
    else known.count += 1;
  }

  all(): Iterable<{ labels: ActLabels; count: number }> {
    return this.#counts.values();
  }
}
