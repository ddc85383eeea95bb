import type { WhyFactor, WhyView } from '#agent/contract/why.js';
import { defineCommand } from '#src/cli/command.js';
import { document, FORMAT_FLAG, formatOf } from '#src/cli/output/documents.js';
import { table } from '#src/cli/output/table.js';

export const WHY = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  description:
    'Says what holds a container back now, the worst first: its own limits and who set them, its neighbours, its disk, a freezer. SHARE is the part of the time that was looked at in which it was held back.',
  flags: {
    format: FORMAT_FLAG,
    window: { type: 'string', value: 'duration', help: 'How long to look', default: '2s' },
  },
  args: { min: 1, max: 1 },
  examples: ['tsgov why web', 'tsgov why --window 10s --format json web'],
  run: async (context, flags, [ref]) => {
    const format = formatOf(flags.format, ['json', 'table', 'yaml'], 'table');
    const view = await (await context.client()).why(ref!, { window: flags.window });
    context.stdout.write(format === 'table' ? whyText(view) : await document(view, format));
    return 0;
  },
});

const HEADER = ['#', 'SHARE', 'WHAT', 'FIGURES', 'SET BY', 'TO DO'];

/** The ranking as a table, and below it what cannot be told. */
function whyText(view: WhyView): string {
  const looked = view.windowMs === 0 ? '' : ` (looked for ${(view.windowMs / 1000).toFixed(1)} s)`;
  const head =
    view.factors.length === 0
      ? `Nothing holds ${view.name} back${looked}.\n`
      : table(
          HEADER,
          view.factors.map((factor, index) => [
            String(index + 1),
            factor.sharePercent === null ? '-' : `${factor.sharePercent}%`,
            `${factor.kind}: ${factor.summary}`,
            figuresText(factor),
            setByText(factor),
            factor.advice,
          ]),
        );
  return head + view.unknown.map((each) => `Not known: ${each}.\n`).join('');
}

function figuresText({ figures, others }: WhyFactor): string {
  return [
    ...Object.entries(figures).map(([name, value]) => `${name} ${value}`),
    ...others.map(({ name, figure }) => `${name || '(no container)'} ${figure}`),
  ].join(', ');
}

function setByText({ field, setBy, changed }: WhyFactor): string {
  const by = setBy ?? '-';
  const when = changed === null ? '' : ` (${changed.actor}, ${changed.time})`;
  return field === null ? by : `${field} by ${by}${when}`;
}
