import { bar } from '#src/top/charts/bar.js';
import { columnsOf, type Graph, graphBox } from '#src/top/container/graph-box.js';
import type { PaneInput } from '#src/top/container/pane.js';
import { lastOf, type Span, seriesOf } from '#src/top/container/series.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import { beside } from '#src/top/lines.js';
import { pressureTone } from '#src/top/overview/pressure-tone.js';
import { percentText, sizeText } from '#src/top/overview/size-text.js';
import { useLines } from './limits.js';
import { heldBack } from './why.js';

const GAP = 2;
/** A graph of fewer lines, title included, says nothing. */
const LEAST_ROWS = 3;
/** Columns a box needs at least. */
const LEAST_COLUMNS = 37;

/** What holds it back, and what it uses over time: as many boxes as fit, the most important first. */
export function summaryPane(input: PaneInput, look: Look): Line[] {
  const { columns, rows } = look.size;
  const head = heldBack(input, { ...look, size: { columns, rows: Math.max(1, Math.min(4, Math.floor(rows / 6))) } });
  const across = Math.max(1, Math.min(3, Math.floor((columns + GAP) / (LEAST_COLUMNS + GAP))));
  const room = rows - head.length;
  const down = Math.max(1, Math.min(Math.ceil(BOXES.length / across), Math.floor(room / LEAST_ROWS)));
  const boxes = BOXES.slice(0, across * down);
  const lines: Line[] = [...head];
  for (let row = 0; row < Math.ceil(boxes.length / across); row += 1) {
    const height = Math.floor((room * (row + 1)) / down) - Math.floor((room * row) / down);
    const inRow = boxes.slice(row * across, (row + 1) * across);
    const widths = inRow.map((_, index) => share(columns - GAP * (across - 1), across, index));
    const drawn = inRow.map((box, index) => box(input, { ...look, size: { columns: widths[index]!, rows: height } }));
    lines.push(...beside(drawn, widths, GAP, look.glyphs));
  }
  return lines;
}

type Box = (input: PaneInput, look: Look) => Line[];

const BOXES: readonly Box[] = [cpuBox, memoryBox, pressureBox, limitsBox, ioBox, networkBox];

function cpuBox(input: PaneInput, look: Look): Line[] {
  const max = input.row?.figures.cpuMaxCores;
  const now = lastOf(input.details, 'cpu.usage', input.toMs);
  const throttled = lastOf(input.details, 'cpu.throttled', input.toMs);
  const cut = seriesOf(input.details, 'cpu.throttled', spanOf(input, look));
  const values = seriesOf(input.details, 'cpu.usage', spanOf(input, look));
  return graphBox(
    [
      ...title('CPU'),
      { text: now === undefined ? '-' : now.toFixed(2) },
      { text: max === undefined ? ` of ${input.node.cpus} cores, no limit` : ` of ${max} cores`, tone: 'dim' },
      ...(throttled === undefined || throttled < 0.5
        ? []
        : [{ text: `  throttled ${percentText(throttled)}%`, tone: level(throttled, 10, 50) }]),
    ],
    [{ values, max: max ?? topOf([values], input.node.cpus), tone: (column) => level(cut[column] ?? 0, 10, 50, 'chart1') }],
    look,
  );
}

function memoryBox(input: PaneInput, look: Look): Line[] {
  const { memoryMaxBytes: max, memoryHighBytes: high } = input.row?.figures ?? {};
  const of = (field: string) => lastOf(input.details, field, input.toMs);
  const [current, anon, file, swap] = [of('memory.current'), of('memory.anon'), of('memory.file'), of('memory.swap.current')];
  const values = seriesOf(input.details, 'memory.current', spanOf(input, look));
  const pressed = seriesOf(input.details, 'memory.some.avg10', spanOf(input, look));
  const limit = max ?? high;
  const parts = [
    ['anon', anon],
    ['file', file],
    ['other', current === undefined || anon === undefined || file === undefined ? undefined : Math.max(0, current - anon - file)],
    ['swap', swap],
  ] as const;
  const breakdown: Line = parts.flatMap(([name, bytes]) =>
    bytes === undefined || (name === 'swap' && bytes === 0)
      ? []
      : [{ text: `${name} `, tone: 'dim' as const }, { text: `${sizeText(bytes)}  ` }],
  );
  const barLine: Line[] =
    current === undefined || limit === undefined || look.size.rows < 5
      ? []
      : [
          [
            {
              text: bar(current, {
                max: limit,
                mark: high === limit ? undefined : high,
                width: look.size.columns,
                glyphs: look.glyphs,
              }),
              tone: fullness(current, limit),
            },
          ],
        ];
  const below = look.size.rows < 4 ? [] : [breakdown, ...barLine];
  const graph = graphBox(
    [
      ...title('MEMORY'),
      {
        text: current === undefined ? '-' : sizeText(current),
        ...(current === undefined || limit === undefined ? {} : { tone: fullness(current, limit) }),
      },
      { text: max === undefined ? ', no limit' : ` of ${sizeText(max)}`, tone: 'dim' },
      ...(high === undefined
        ? []
        : [
            {
              text: `  high ${sizeText(high)}`,
              tone: current !== undefined && current >= high ? ('warn' as const) : ('dim' as const),
            },
          ]),
    ],
    [
      {
        values,
        max: limit ?? topOf([values], 1) * 1.25,
        tone: (column) => strained(pressed[column]) ?? 'chart2',
      },
    ],
    { ...look, size: { ...look.size, rows: look.size.rows - below.length } },
  );
  return [...graph, ...below];
}

function pressureBox(input: PaneInput, look: Look): Line[] {
  const graphs = (['cpu', 'memory', 'io'] as const).map((resource): Graph & { label: Line } => {
    const [some, full] = ['some', 'full'].map((kind) => lastOf(input.details, `${resource}.${kind}.avg10`, input.toMs));
    const values = seriesOf(input.details, `${resource}.some.avg10`, spanOf(input, look));
    return {
      values,
      max: 100,
      tone: (column) => pressureTone(values[column] ?? 0, undefined),
      label: [
        { text: `${resource.padEnd(7)}`, tone: 'dim' },
        {
          text: some === undefined ? '-' : `${percentText(some)}/${full === undefined ? '-' : percentText(full)}`,
          tone: some === undefined ? 'dim' : pressureTone(some, full),
        },
      ],
    };
  });
  return graphBox([...title('PRESSURE'), { text: 'some/full %, of 10 s', tone: 'dim' }], graphs, look);
}

function ioBox(input: PaneInput, look: Look): Line[] {
  return ratesBox(
    'DISK I/O',
    [
      ['read', 'io.read', 'chart1'],
      ['write', 'io.write', 'chart4'],
    ],
    input,
    look,
  );
}

function networkBox(input: PaneInput, look: Look): Line[] {
  const seen = (input.details.samples?.length ?? 0) > 1 || input.recorded;
  if (seen && lastOf(input.details, 'network.receive', input.toMs) === undefined)
    return [title('NETWORK'), [{ text: 'no interface of its own but loopback', tone: 'dim' }]];
  return ratesBox(
    'NETWORK',
    [
      ['in', 'network.receive', 'chart1'],
      ['out', 'network.transmit', 'chart4'],
    ],
    input,
    look,
  );
}

function ratesBox(
  name: string,
  rates: readonly (readonly [label: string, field: string, tone: Tone])[],
  input: PaneInput,
  look: Look,
): Line[] {
  const series = rates.map(([, field]) => seriesOf(input.details, field, spanOf(input, look)));
  const max = topOf(series, 1);
  const graphs = rates.map(([label, field, tone], index): Graph & { label: Line } => {
    const now = lastOf(input.details, field, input.toMs);
    return {
      values: series[index]!,
      max,
      tone,
      label: [{ text: label.padEnd(7), tone: 'dim' }, { text: now === undefined ? '-' : `${sizeText(now)}/s` }],
    };
  });
  const peak = max > 1 ? [{ text: `peak ${sizeText(max)}/s`, tone: 'dim' as const }] : [];
  return graphBox([...title(name), ...peak], graphs, look);
}

function limitsBox(input: PaneInput, look: Look): Line[] {
  return [title('LIMITS'), ...useLines(input, look)].slice(0, look.size.rows);
}

function title(text: string): Line {
  return [{ text: `${text} `, tone: 'head' }];
}

function spanOf({ toMs, windowMs }: PaneInput, look: Look): Span {
  return { fromMs: toMs - windowMs, toMs, columns: columnsOf(look) };
}

/** The top of a graph without a limit: its largest value, with some room. */
function topOf(series: readonly (readonly (number | undefined)[])[], least: number): number {
  return Math.max(least, ...series.flat().map((value) => value ?? 0));
}

function fullness(value: number, limit: number): Tone {
  return level((value * 100) / limit, 80, 95, 'text');
}

function level(value: number, warn: number, bad: number, calm: Tone = 'text'): Tone {
  if (value < warn) return calm;
  return value < bad ? 'warn' : 'bad';
}

/** The tone of a column where there was pressure. */
function strained(some: number | undefined): Tone | undefined {
  const tone = pressureTone(some ?? 0, undefined);
  return tone === 'warn' || tone === 'bad' ? tone : undefined;
}

function share(width: number, parts: number, index: number): number {
  return Math.floor((width * (index + 1)) / parts) - Math.floor((width * index) / parts);
}
