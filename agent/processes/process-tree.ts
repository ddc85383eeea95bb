import type { ProcessView } from '#agent/contract/processes.js';

/** Processes, each before its children and with its depth, the older first; one whose parent is not among them is a root. Pure. */
export function processTree(views: readonly ProcessView[]): ProcessView[] {
  const pids = new Set(views.map(({ pid }) => pid));
  const children = new Map<number, ProcessView[]>();
  for (const each of [...views].sort(byStart)) {
    const parent = pids.has(each.ppid) && each.ppid !== each.pid ? each.ppid : NO_PARENT;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [each]);
    else siblings.push(each);
  }
  const ordered: ProcessView[] = [];
  // Not recursive: a chain of processes may be as long as pids.max allows.
  const stack = [...(children.get(NO_PARENT) ?? [])].reverse().map((view) => ({ view, depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { view, depth } = next;
    ordered.push({ ...view, depth });
    const below = children.get(view.pid) ?? [];
    for (const child of below.toReversed()) stack.push({ view: child, depth: depth + 1 });
  }
  return ordered;
}

const NO_PARENT = -1;

/** Pids wrap. */
function byStart(a: ProcessView, b: ProcessView): number {
  return a.startedAt === b.startedAt ? a.pid - b.pid : a.startedAt < b.startedAt ? -1 : 1;
}
