import type { HostFeature } from '#agent/contract/node.js';
import type { Colour, Paint } from './colour.js';
import { printable } from './printable.js';
import { textWidth } from './table.js';

const STATUS: { [S in HostFeature['status']]: { word: string; colour: Colour } } = {
  ok: { word: 'ok', colour: 'green' },
  degraded: { word: 'limited', colour: 'yellow' },
  missing: { word: 'MISSING', colour: 'red' },
};
const WORD_WIDTH = Math.max(...Object.values(STATUS).map((each) => each.word.length));

/** Features under their groups, a line each; under what lacks, its cost and the way to get it. A summary at the end. */
export function doctorText(features: readonly HostFeature[], paint: Paint): string {
  const width = Math.max(0, ...features.map((each) => textWidth(printable(each.name))));
  const groups = [...new Set(features.map((each) => each.group))].map((group) => {
    const lines = features.filter((each) => each.group === group).map((each) => featureLines(each, width, paint));
    return `${paint('bold', printable(group))}\n${lines.join('')}`;
  });
  return `${groups.join('\n')}\n${summary(features)}\n`;
}

function featureLines(feature: HostFeature, width: number, paint: Paint): string {
  const { word, colour } = STATUS[feature.status];
  const name = printable(feature.name);
  const head = `  ${paint(colour, word.padEnd(WORD_WIDTH))}  ${name}${' '.repeat(width - textWidth(name))}  ${printable(feature.detail)}\n`;
  if (feature.status === 'ok') return head;
  const indent = ' '.repeat(WORD_WIDTH + 4);
  return `${head}${indent}costs: ${printable(feature.cost)}\n${indent}to get it: ${printable(feature.remedy)}\n`;
}

function summary(features: readonly HostFeature[]): string {
  const count = (status: HostFeature['status']) => features.filter((each) => each.status === status).length;
  const fatal = features.filter((each) => each.essential && each.status === 'missing');
  const verdict =
    fatal.length === 0
      ? 'Containers can run here.'
      : `Containers cannot run here without: ${fatal.map((each) => printable(each.name)).join(', ')}.`;
  return `${count('ok')} ok, ${count('degraded')} limited, ${count('missing')} missing. ${verdict}`;
}
