/** What is shown of one container, in the order of their number keys and of Tab. */
export const PANES = ['summary', 'limits', 'processes', 'latency', 'why', 'journal', 'logs', 'namespaces'] as const;
export type PaneName = (typeof PANES)[number];

/** How far back graphs go; `[` and `]` choose. */
export const WINDOWS_MS = [60_000, 300_000, 900_000, 3_600_000] as const;
