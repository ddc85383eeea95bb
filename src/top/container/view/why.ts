import type { WhyFactor } from '#agent/contract/why.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import { timeOfDay } from '#src/top/container/wall-clock.js';
import type { Line, Look, Span, Tone } from '#src/top/frame.js';
import { wrap } from '#src/top/lines.js';
import { cut, safe } from '#src/top/text.js';

/** What holds it back, the worst first, in a few lines: one a factor, and at least one. */
export function heldBack(input: PaneInput, { size, glyphs }: Look): Line[] {
  const { why } = input.details;
  const recorded = input.recorded
    ? [[{ text: 'Why it was held back is not recorded; pressure and throttling are below.', tone: 'dim' as const }]]
    : undefined;
  if (why === undefined) return recorded ?? instead(input, 'why', glyphs);
  const { factors } = why;
  if (factors.length === 0)
    return [
      [
        { text: 'Nothing holds it back', tone: 'good' },
        { text: ` (looked for ${seconds(why.windowMs)}).`, tone: 'dim' },
      ],
    ];
  return factors.slice(0, size.rows).map((factor): Line => {
    const tone = toneOf(factor);
    const by = setBy(factor);
    // Who is in the way comes first: a narrow screen cuts the end.
    const others = othersText(factor);
    return [
      { text: `${shareText(factor).padStart(4)} `, tone },
      { text: `${factor.kind} `, tone },
      { text: safe([others, factor.summary, by].filter((text) => text !== '').join('; '), glyphs) },
    ];
  });
}

/** Every factor with its figures, who set it, who is in the way, and what to do. */
export function whyPane(input: PaneInput, { size, glyphs }: Look): Line[] {
  const { why } = input.details;
  if (why === undefined) return instead(input, 'why', glyphs);
  const lines: Line[] = [];
  const paragraph = (text: string, tone: Tone): void => {
    for (const each of wrap(safe(text, glyphs), size.columns - INDENT, glyphs))
      lines.push([{ text: ' '.repeat(INDENT) }, { text: each, tone }]);
  };
  if (why.factors.length === 0)
    lines.push([
      { text: 'Nothing holds it back', tone: 'good' },
      { text: ` (looked for ${seconds(why.windowMs)}).`, tone: 'dim' },
    ]);
  for (const factor of why.factors) {
    const head: Span[] = [
      { text: `${shareText(factor).padStart(4)} `, tone: toneOf(factor) },
      { text: factor.kind, tone: toneOf(factor) },
    ];
    lines.push(head);
    paragraph(factor.summary, 'text');
    const by = setBy(factor);
    if (by !== '') paragraph(by, 'accent');
    const others = othersText(factor);
    if (others !== '') paragraph(others, 'warn');
    const figures = Object.entries(factor.figures).map(([name, value]) => `${name} ${value}`);
    if (figures.length > 0) paragraph(figures.join('  '), 'dim');
    if (factor.advice !== '') paragraph(`To do: ${factor.advice}`, 'good');
    lines.push([]);
  }
  for (const unknown of why.unknown)
    lines.push([{ text: cut(safe(`Not known: ${unknown}.`, glyphs), size.columns, glyphs), tone: 'dim' }]);
  return lines;
}

const INDENT = 5;

function toneOf({ sharePercent }: WhyFactor): Tone {
  return sharePercent !== null && sharePercent < 20 ? 'warn' : 'bad';
}

function shareText({ sharePercent }: WhyFactor): string {
  return sharePercent === null ? '-' : `${Math.round(sharePercent)}%`;
}

function setBy({ field, setBy: who, changed }: WhyFactor): string {
  if (who === null) return '';
  const when = changed === null ? '' : ` (${changed.actor} at ${timeOfDay(Date.parse(changed.time))}: ${changed.reason})`;
  return field === null ? `by ${who}${when}` : `${field} set by ${who}${when}`;
}

function othersText({ others }: WhyFactor): string {
  return others.length === 0
    ? ''
    : `in the way: ${others.map(({ name, figure }) => `${name || 'no container'} ${figure}`).join(', ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
