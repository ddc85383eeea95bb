import type { JournalPage } from '#agent/contract/journal.js';
import { durationText, plainText } from '#agent/page/view/format.js';
import { askJson } from './ask.js';
import { h } from './dom.js';

/** The last acts on a container, when they are looked at. */
export function acts(id: string): HTMLElement {
  const list = h('div', { 'aria-live': 'polite' });
  const element = h('details', {}, h('summary', {}, 'What was done to it'), list);
  element.addEventListener('toggle', () => {
    if (!element.open) return;
    list.replaceChildren(h('p', {}, '…'));
    const query = new URLSearchParams({ container: id, limit: '20' });
    askJson<JournalPage>(`/v1/journal?${query}`).then(
      (page) => list.replaceChildren(table(page)),
      (error: unknown) => list.replaceChildren(h('p', {}, plainText(error instanceof Error ? error.message : String(error)))),
    );
  });
  return element;
}

function table({ entries }: JournalPage): HTMLElement {
  if (entries.length === 0) return h('p', {}, 'Nothing is recorded.');
  const head = ['When', 'What', 'Field', 'From', 'To', 'Who', 'Why'].map((title) => h('th', { scope: 'col' }, title));
  const rows = entries.map(({ time, action, field, before, after, actor, reason, result }) => {
    const ago = `${durationText(Date.now() - Date.parse(time))} ago`;
    const words = [ago, result === 'done' ? action : `${action}, ${result}`, field, before, after, actor, reason];
    return h('tr', {}, ...words.map((word) => h('td', {}, word === null ? '' : plainText(String(word)))));
  });
  return h(
    'div',
    { class: 'wide' },
    h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)),
  );
}
