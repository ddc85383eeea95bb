import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/**
 * A policy's text with these names among those it matches, everything else as it was written; or why that cannot be. Pure. A name is taken
 * literally: what a glob would read in it is escaped.
 */
export function withNames(text: string, names: readonly string[]): { text: string } | { reason: string } {
  const document = parseDocument(text);
  const match = document.getIn(['spec', 'match']);
  if (document.errors.length > 0 || !isMap(match)) return { reason: 'its text has no match that names could be added to' };
  const keys = match.items.map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  const others = keys.filter((key) => key !== 'name');
  if (others.length > 0)
    return { reason: `it matches by ${others.join(' and ')}, and every key must match: edit its file instead` };
  const now = match.get('name', true);
  const before = isSeq(now)
    ? now.items.map((item) => (isScalar(item) ? String(item.value) : ''))
    : isScalar(now)
      ? [String(now.value)]
      : [];
  const added = names.map(literally).filter((name) => !before.includes(name));
  if (added.length === 0) return { reason: 'it matches by name already' };
  document.setIn(['spec', 'match', 'name'], document.createNode([...before, ...added], { flow: true }));
  return { text: document.toString() };
}

function literally(name: string): string {
  return name.replace(/[*?[\]\\{}]/g, '\\$&');
}
