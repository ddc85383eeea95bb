import { isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { AgentError } from '#agent/contract/errors.js';

/** One key of a settings file. */
export interface Setting {
  key: string;
  /** Its value as it is written, or those of a list. */
  words: readonly string[];
  isList: boolean;
  /** `FILE:LINE:COLUMN` of the key, and of the value. */
  keyAt: string;
  at: string;
}

/**
 * The keys of a settings file: a YAML (or JSON) map of scalars and lists of scalars, in the order of the file; none when it is empty. Throws CONFIG_INVALID
 * that names every fault with its line and column.
 */
export function readSettings(text: string, file: string): Setting[] {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    schema: 'core',
    uniqueKeys: true,
  });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [broken] = [...document.errors, ...document.warnings];
  if (broken !== undefined) throw new AgentError('CONFIG_INVALID', `${place(broken.pos[0])}: ${broken.message}`);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!('items' in contents) || isSeq(contents))
    throw new AgentError('CONFIG_INVALID', `${place(contents.range?.[0] ?? 0)}: want KEY: VALUE, one a line`);
  const faults: string[] = [];
  const settings: Setting[] = [];
  for (const { key, value } of contents.items) {
    const offset = rangeOf(value) ?? rangeOf(key) ?? 0;
    const name = isScalar(key) ? String(key.value) : '';
    const words = isSeq(value) ? value.items.map(wordOf) : [wordOf(value)];
    if (words.every((word) => word !== undefined))
      settings.push({ key: name, words, isList: isSeq(value), keyAt: place(rangeOf(key) ?? 0), at: place(offset) });
    else faults.push(`${place(offset)}: ${name}: want a value, or a list of values`);
  }
  if (faults.length > 0) throw new AgentError('CONFIG_INVALID', faults.join('\n'));
  return settings;
}

/** As it is written: 010 stays 010. */
function wordOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null)?.range?.[0];
}
