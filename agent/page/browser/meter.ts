import type { Level } from '#agent/page/view/rows.js';
import { h, setAttributes, setText } from './dom.js';

export interface Meter {
  readonly element: HTMLElement;
  /** `part` of the whole, 0 to 1; undefined: there is no whole. `mark` is a lower limit within it. */
  set(text: string, part: number | undefined, level?: Level, mark?: number): void;
}

/** A bar with its figure as text; the bar says nothing that the text does not. */
export function meter(label: string): Meter {
  const fill = h('span', { class: 'fill' });
  const mark = h('span', { class: 'mark', hidden: '' });
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, fill, mark);
  const text = h('span', { class: 'figure' });
  const element = h('div', { class: 'meter', role: 'group', 'aria-label': label }, text, bar);
  return {
    element,
    set: (words, part, level = levelOfShare(part), lower) => {
      setText(text, words);
      bar.hidden = part === undefined;
      fill.style.inlineSize = `${Math.min(100, Math.max(0, (part ?? 0) * 100)).toFixed(1)}%`;
      setAttributes(element, { 'data-level': level });
      mark.hidden = lower === undefined || lower > 1;
      mark.style.insetInlineStart = `${((lower ?? 0) * 100).toFixed(1)}%`;
    },
  };
}

function levelOfShare(part: number | undefined): Level {
  if (part === undefined || part < 0.75) return 'calm';
  return part < 0.95 ? 'warm' : 'hot';
}
