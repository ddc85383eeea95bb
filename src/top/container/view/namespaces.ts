import type { NamespaceView } from '#agent/contract/namespaces.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import type { Line, Look } from '#src/top/frame.js';
import { safe } from '#src/top/text.js';

/** Its namespaces and with whom it shares each, then its cgroups. */
export function namespacesPane(input: PaneInput, { glyphs }: Look): Line[] {
  const { namespaces, view } = input.details;
  if (namespaces === undefined) return instead(input, 'namespaces', glyphs);
  const lines: Line[] = [
    [{ text: `${'TYPE'.padEnd(7)} ${'INODE'.padStart(11)} ${'PROCS'.padStart(6)}  SHARED WITH`, tone: 'head' }],
  ];
  for (const each of namespaces) {
    const shared = sharedWith(each, view?.id ?? '');
    lines.push([
      { text: `${each.type.padEnd(7)} ` },
      { text: `${String(each.inode).padStart(11)} ${String(each.processes).padStart(6)}  `, tone: 'dim' },
      { text: shared === '' ? 'its own' : safe(shared, glyphs), tone: shared === '' ? 'good' : 'warn' },
    ]);
  }
  lines.push([], [{ text: 'CGROUPS', tone: 'head' }]);
  for (const [controller, path] of Object.entries(view?.cgroups ?? {}))
    lines.push([{ text: `${safe(controller, glyphs).padEnd(10)} `, tone: 'dim' }, { text: safe(path, glyphs) }]);
  return lines;
}

function sharedWith({ host, containers }: NamespaceView, own: string): string {
  const others = containers.filter(({ id }) => id !== own).map(({ name }) => name);
  const named = others.length > MOST_NAMES ? [...others.slice(0, MOST_NAMES), `${others.length - MOST_NAMES} more`] : others;
  return [...(host ? ['the node'] : []), ...named].join(', ');
}

const MOST_NAMES = 4;
