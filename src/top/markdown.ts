import { KEYS, type KeyPlace } from './keys.js';
import { COLUMNS } from './overview/columns.js';

const TABLES: Readonly<Record<string, () => string>> = {
  'keys everywhere': () => keyTable('everywhere'),
  'keys overview': () => keyTable('overview'),
  'keys acts': () => keyTable('acts'),
  'keys container': () => keyTable('container'),
  columns: () =>
    table(
      ['column', 'title', 'what'],
      COLUMNS.map(({ name, title, help }) => [`\`${name}\``, title, help]),
    ),
};

/** docs/top.md with its tables as the code has them: what stands below each `<!-- name -->` up to the next blank line is replaced. */
export function topMarkdown(text: string): string {
  return text.replace(/<!-- ([a-z ]+) -->\n(?:\n(?:\|.*\n)+)?/g, (whole, name: string) => {
    const make = TABLES[name];
    return make === undefined ? whole : `<!-- ${name} -->\n\n${make()}`;
  });
}

function keyTable(place: KeyPlace): string {
  return table(
    ['key', 'what it does'],
    KEYS.filter((each) => each.place === place).map(({ keys, does }) => [
      keys
        .split(' ')
        .map((key) => `\`${key}\``)
        .join(' '),
      does,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('');
}
