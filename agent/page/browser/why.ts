import type { WhyView } from '#agent/contract/why.js';
import { percentText, plainText } from '#agent/page/view/format.js';
import { askJson } from './ask.js';
import { h } from './dom.js';

/** What holds a container back, when asked: the agent looks for two seconds. */
export function why(id: string): HTMLElement {
  const answer = h('div', { 'aria-live': 'polite' });
  const button = h('button', { type: 'button' }, 'What holds it back?');
  button.addEventListener('click', () => {
    button.disabled = true;
    answer.replaceChildren(h('p', {}, 'looking for two seconds …'));
    askJson<WhyView>(`/v1/containers/${encodeURIComponent(id)}/why`)
      .then(
        (view) => answer.replaceChildren(factors(view)),
        (error: unknown) => answer.replaceChildren(h('p', {}, plainText(error instanceof Error ? error.message : String(error)))),
      )
      .finally(() => {
        button.disabled = false;
      });
  });
  return h('div', { class: 'why' }, button, answer);
}

function factors(view: WhyView): HTMLElement {
  if (view.factors.length === 0) return h('p', {}, 'Nothing holds it back.');
  return h(
    'ol',
    {},
    ...view.factors.map(({ summary, sharePercent, setBy }) => {
      const facts = [
        sharePercent === null ? '' : `${percentText(sharePercent)} of the time`,
        setBy === null ? '' : `set by ${setBy}`,
      ];
      return h('li', {}, plainText(summary), h('small', {}, ` ${plainText(facts.filter(Boolean).join(', '))}`));
    }),
  );
}
