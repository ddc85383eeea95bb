import { bar } from '#src/top/charts/bar.js';
import type { Glyphs } from '#src/top/charts/glyphs.js';
import type { Line, Look, Span, Tone } from '#src/top/frame.js';
import type { NodeFigures } from '#src/top/rows.js';
import { CPU_CELL, cpuLines } from './layout.js';
import { pressureTone } from './pressure-tone.js';
import { percentText, sizeText } from './size-text.js';

/** The node: each CPU, memory and swap, pressure and load, in nodeLines() lines. Pure. */
export function viewNode(node: NodeFigures | undefined, { size, glyphs }: Look): Line[] {
  if (node === undefined) return [[{ text: ' waiting for the first figures', tone: 'dim' }]];
  return [...viewCpus(node, size.columns, glyphs), viewMemory(node, size.columns, glyphs), viewPressure(node)];
}

function viewCpus(node: NodeFigures, columns: number, glyphs: Glyphs): Line[] {
  const lines = cpuLines(columns, node.cpus);
  const aLine = Math.max(1, Math.floor(columns / CPU_CELL));
  const shown = node.coresPercent.slice(0, lines * aLine);
  if (shown.length < node.coresPercent.length || shown.length === 0) return [viewAllCpus(node, columns, glyphs)];
  // The same number in each line, so that they stand below each other.
  const each = Math.ceil(shown.length / lines);
  return Array.from({ length: lines }, (_, row) =>
    shown.slice(row * each, (row + 1) * each).flatMap((percent, index): Span[] => {
      const width = Math.max(3, Math.floor(columns / each) - 11);
      return [
        { text: ` cpu${String(row * each + index).padEnd(3)}`, tone: 'dim' },
        { text: bar(percent, { max: 100, width: Math.min(width, 40), glyphs }), tone: busyTone(percent) },
        { text: `${String(Math.round(percent)).padStart(3)}%` },
      ];
    }),
  );
}

/** More CPUs than there is room for: all in one bar. */
function viewAllCpus({ busyCores, cpus }: NodeFigures, columns: number, glyphs: Glyphs): Line {
  const percent = busyCores === undefined || cpus === 0 ? 0 : (busyCores * 100) / cpus;
  const width = Math.max(5, Math.min(60, columns - 34));
  return [
    { text: ' cpu   ', tone: 'dim' },
    { text: bar(percent, { max: 100, width, glyphs }), tone: busyTone(percent) },
    { text: busyCores === undefined ? ` of ${cpus}` : ` ${busyCores.toFixed(1)} of ${cpus} cores` },
  ];
}

function viewMemory(node: NodeFigures, columns: number, glyphs: Glyphs): Line {
  const { memoryTotalBytes, memoryUsedBytes, swapTotalBytes, swapUsedBytes } = node;
  const width = Math.max(5, Math.min(40, Math.floor(columns / 2) - 24));
  const used = memoryUsedBytes ?? 0;
  const spans: Span[] = [
    { text: ' mem   ', tone: 'dim' },
    {
      text: bar(used, { max: memoryTotalBytes, width, glyphs }),
      tone: busyTone(memoryTotalBytes > 0 ? (used * 100) / memoryTotalBytes : 0),
    },
    { text: ` ${memoryUsedBytes === undefined ? '-' : sizeText(used)} of ${sizeText(memoryTotalBytes)}` },
  ];
  if (swapTotalBytes === undefined) return spans;
  if (swapTotalBytes === 0) return [...spans, { text: '   no swap', tone: 'dim' }];
  return [
    ...spans,
    { text: '   swap ', tone: 'dim' },
    { text: `${sizeText(swapUsedBytes ?? 0)} of ${sizeText(swapTotalBytes)}`, tone: (swapUsedBytes ?? 0) > 0 ? 'warn' : 'text' },
  ];
}

function viewPressure(node: NodeFigures): Line {
  const spans: Span[] = [{ text: ' pressure ', tone: 'dim' }];
  const add = (name: string, some: number | undefined, full: number | undefined, hasFull: boolean) => {
    spans.push({ text: ` ${name} `, tone: 'dim' });
    if (some === undefined) spans.push({ text: '-', tone: 'dim' });
    else {
      const text = hasFull ? `${percentText(some)}/${full === undefined ? '-' : percentText(full)}%` : `${percentText(some)}%`;
      spans.push({ text, tone: pressureTone(some, full) });
    }
  };
  add('cpu', node.cpuSome, undefined, false);
  add('memory', node.memorySome, node.memoryFull, true);
  add('io', node.ioSome, node.ioFull, true);
  if (node.load !== undefined) {
    spans.push({ text: '   load ', tone: 'dim' });
    spans.push({ text: node.load.map((value) => value.toFixed(2)).join(' '), tone: loadTone(node.load[0], node.cpus) });
  }
  return spans;
}

function busyTone(percent: number): Tone {
  if (percent < 70) return 'good';
  return percent < 90 ? 'warn' : 'bad';
}

function loadTone(load: number, cpus: number): Tone {
  if (load <= cpus) return 'text';
  return load <= cpus * 2 ? 'warn' : 'bad';
}
