import { graphColumns, lineGraph } from '#src/top/charts/line-graph.js';
import type { Line, Look, Span, Tone } from '#src/top/frame.js';
import { fitLine } from '#src/top/lines.js';

export interface Graph {
  readonly values: readonly (number | undefined)[];
  readonly max: number;
  /** Of a value's column; all the same where it is a tone. */
  readonly tone: Tone | ((column: number) => Tone);
}

/** Values a graph of this width takes. */
export function columnsOf({ size, glyphs }: Look): number {
  return graphColumns({ width: size.columns, glyphs });
}

/** A graph of all of `look.size`, its columns in their tones. */
export function graphLines({ values, max, tone }: Graph, { size, glyphs }: Look): Line[] {
  const area = { width: size.columns, height: size.rows, max, glyphs };
  const perCell = graphColumns(area) / size.columns;
  const tones = Array.from({ length: size.columns }, (_, cell) =>
    typeof tone === 'string' ? tone : worst(Array.from({ length: perCell }, (_, dot) => tone(cell * perCell + dot))),
  );
  return lineGraph(values, area).map((text) => runs([...text], tones));
}

/** A title over a graph, or over several that share the room below it from the top down; each has a label of its own. */
export function graphBox(title: Line, graphs: readonly (Graph & { label?: Line })[], look: Look): Line[] {
  const { columns, rows } = look.size;
  const room = Math.max(0, rows - 1);
  const lines: Line[] = [fitLine(title, columns, look.glyphs)];
  const above = Math.floor(room / graphs.length) >= LABEL_ABOVE;
  graphs.forEach((graph, index) => {
    const height = Math.floor((room * (index + 1)) / graphs.length) - Math.floor((room * index) / graphs.length);
    if (height === 0) return;
    if (graph.label === undefined) lines.push(...graphLines(graph, { ...look, size: { columns, rows: height } }));
    else lines.push(...labelled(graph, graph.label, above, { ...look, size: { columns, rows: height } }));
  });
  return lines;
}

/** A label above its graph; or before it, which costs the oldest columns. */
function labelled(graph: Graph, label: Line, above: boolean, look: Look): Line[] {
  const { columns, rows } = look.size;
  if (above) return [fitLine(label, columns, look.glyphs), ...graphLines(graph, { ...look, size: { columns, rows: rows - 1 } })];
  const left = Math.min(LABEL_WIDTH, columns - 1);
  const width = columns - left;
  const shown = graph.values.slice(-graphColumns({ width, glyphs: look.glyphs }));
  const cutAway = graph.values.length - shown.length;
  const { tone } = graph;
  const shifted = typeof tone === 'string' ? tone : (column: number): Tone => tone(column + cutAway);
  const lines = graphLines({ ...graph, values: shown, tone: shifted }, { ...look, size: { columns: width, rows } });
  return lines.map((line, index) => [...fitLine(index === 0 ? label : [], left, look.glyphs), ...line]);
}

const LABEL_WIDTH = 18;
const LABEL_ABOVE = 4;

const ORDER: readonly Tone[] = ['bad', 'warn'];

function worst(tones: readonly Tone[]): Tone {
  return ORDER.find((each) => tones.includes(each)) ?? tones[0] ?? 'text';
}

function runs(cells: readonly string[], tones: readonly Tone[]): Span[] {
  const spans: { text: string; tone: Tone }[] = [];
  cells.forEach((cell, index) => {
    const tone = tones[index]!;
    const last = spans.at(-1);
    if (last?.tone === tone) last.text += cell;
    else spans.push({ text: cell, tone });
  });
  return spans;
}
