import type { NamespaceView } from '#agent/contract/namespaces.js';

/**
 * User and pid namespaces, each before its children and with its depth; the order among children stays. One whose parent is not among
 * them is a root: nothing is lost. Pure.
 */
export function namespaceTree(views: readonly NamespaceView[]): NamespaceView[] {
  const nested = views.filter(({ type }) => type === 'user' || type === 'pid');
  const inodes = new Set(nested.map(({ inode }) => inode));
  const children = new Map<number | null, NamespaceView[]>();
  for (const each of nested) {
    const parent = each.parent !== null && inodes.has(each.parent) ? each.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const ordered: NamespaceView[] = [];
  const add = (parent: number | null, depth: number): void => {
    for (const each of children.get(parent) ?? []) {
      ordered.push({ ...each, depth });
      add(each.inode, depth + 1);
    }
  };
  add(null, 0);
  return ordered;
}
