import type { NamespaceHolder, NamespaceView } from '#agent/contract/namespaces.js';
import { shorten, table } from './table.js';

const COMMAND_WIDTH = 60;

/** Every namespace a line; in a tree the inodes are indented below their parents'. */
export function namespacesTable(views: readonly NamespaceView[], how: { tree: boolean; truncate: boolean }): string {
  return table(
    ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'CONTAINER', 'COMMAND'],
    views.map((view) => [
      `${'  '.repeat(how.tree ? (view.depth ?? 0) : 0)}${view.inode}`,
      view.type,
      String(view.processes),
      view.oldest === null ? '' : String(view.oldest.pid),
      userOf(view),
      view.container?.name ?? '',
      cut(commandOf(view), how.truncate),
    ]),
  );
}

/** The namespaces one container is in, and with whom it shares each. */
export function containerNamespacesTable(views: readonly NamespaceView[], ref: string, how: { truncate: boolean }): string {
  return table(
    ['TYPE', 'NS', 'NPROCS', 'SHARED WITH', 'PARENT', 'USER NS', 'COMMAND'],
    views.map((view) => [
      view.type,
      String(view.inode),
      String(view.processes),
      sharedWith(view, ref),
      view.parent === null ? '' : String(view.parent),
      view.userNamespace === null ? '' : String(view.userNamespace),
      cut(commandOf(view), how.truncate),
    ]),
  );
}

/** Units and plain cgroups are in the host's as a rule: there `host` says it. */
const OF_THE_HOST = ['systemd', 'other'];

function sharedWith({ host, containers }: NamespaceView, ref: string): string {
  const others = containers
    .filter(({ id, name }) => name !== ref && !id.startsWith(ref))
    .filter(({ runtime }) => !host || !OF_THE_HOST.includes(runtime))
    .map(({ name }) => name);
  return [...(host ? ['host'] : []), ...others].join(',');
}

function userOf({ oldest, ownerUid }: NamespaceView): string {
  if (oldest !== null) return oldest.user ?? String(oldest.uid);
  return ownerUid === null ? '' : String(ownerUid);
}

/** The command of its oldest process; without one, what keeps it. */
function commandOf({ oldest, holders, processes }: NamespaceView): string {
  if (oldest !== null) return oldest.command;
  // Counted, and gone before it could be looked at.
  if (processes > 0) return '';
  const [first, ...more] = holders;
  if (first === undefined) return '(kept by a child)';
  return `(kept by ${holderText(first)}${more.length > 0 ? ` and ${more.length} more` : ''})`;
}

function holderText({ kind, path, pid, fd }: NamespaceHolder): string {
  if (kind === 'mount') return path ?? '';
  return kind === 'fd' ? `fd ${fd} of pid ${pid}` : `pid ${pid} for its children`;
}

function cut(text: string, truncate: boolean): string {
  return truncate ? shorten(text, COMMAND_WIDTH) : text;
}
