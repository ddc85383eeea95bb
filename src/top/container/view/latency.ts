import { bar } from '#src/top/charts/bar.js';
import { heatStrip } from '#src/top/charts/heat-strip.js';
import type { LatencyInterval } from '#src/top/container/details.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import { beside } from '#src/top/lines.js';
import { fitted, safe } from '#src/top/text.js';

interface Histogram {
  readonly name: string;
  readonly help: string;
  readonly total: readonly number[] | undefined;
  readonly of: (interval: LatencyInterval) => readonly number[] | undefined;
}

/** How long it waited for a CPU and for disks: since it was made as bars, and over the last minutes as heat. */
export function latencyPane(input: PaneInput, look: Look): Line[] {
  const { latency } = input.details;
  if (latency === undefined) return instead(input, 'latency', look.glyphs);
  const { now, intervals } = latency;
  const operations = (operation: string): number[] | undefined =>
    sumOf(now.blockIo.filter((each) => each.operation === operation).map(({ counts }) => counts));
  const histograms: Histogram[] = [
    { name: 'WAIT FOR A CPU', help: 'run queue', total: now.runQueue ?? undefined, of: ({ runQueue }) => runQueue },
    { name: 'DISK READS', help: 'from request to completion', total: operations('read'), of: ({ read }) => read },
    { name: 'DISK WRITES', help: 'from request to completion', total: operations('write'), of: ({ write }) => write },
  ];
  const { size, glyphs } = look;
  const off = now.off.map(
    ({ collector, reason }): Line => [{ text: safe(`${collector} is off: ${reason}`, glyphs), tone: 'warn' }],
  );
  const room = size.rows - off.length;
  const seen = histograms.filter(({ total }) => total?.some((count) => count > 0));
  const across = size.columns >= WIDE ? histograms.length : 1;
  const width = Math.floor((size.columns - (across - 1) * GAP) / across);
  // What was never seen takes a line, the others share the rest.
  const share = across > 1 ? room : Math.floor((room - (histograms.length - seen.length)) / Math.max(1, seen.length));
  const boxes = histograms.map((each) => histogramBox(each, intervals, { glyphs, size: { columns: width, rows: share } }));
  if (across === 1) return [...off, ...boxes.flat()];
  return [
    ...off,
    ...beside(
      boxes,
      boxes.map(() => width),
      GAP,
      glyphs,
    ),
  ];
}

const WIDE = 150;
const GAP = 2;
const LABEL = 7;

/** A title, then a line a slot: how long, heat over time, a bar of all. */
function histogramBox(
  { name, help, total, of }: Histogram,
  intervals: readonly LatencyInterval[],
  { size, glyphs }: Look,
): Line[] {
  const count = (total ?? []).reduce((sum, each) => sum + each, 0);
  const title: Line = [
    { text: `${name} `, tone: 'head' },
    { text: `${help}; `, tone: 'dim' },
    {
      text:
        count === 0
          ? 'none seen'
          : `p50 ${usecText(quantileOf(total!, 0.5))}  p99 ${usecText(quantileOf(total!, 0.99))}  of ${countText(count)}`,
    },
  ];
  const rows = Math.max(1, size.rows - 1);
  if (count === 0) return [title];
  const groups = grouped(total!, rows);
  const heatWidth = Math.max(10, Math.min(intervals.length < 10 ? 10 : 60, size.columns - LABEL - 24));
  const barWidth = Math.max(4, Math.min(24, size.columns - LABEL - heatWidth - 10));
  const sums = groups.map(({ slots }) => slots.reduce((sum, slot) => sum + (total![slot] ?? 0), 0));
  const most = Math.max(...sums);
  const heat = heatStrip(
    intervals.map((interval) => {
      const counts = of(interval);
      return counts === undefined
        ? undefined
        : groups.map(({ slots }) => slots.reduce((sum, slot) => sum + (counts[slot] ?? 0), 0));
    }),
    { width: heatWidth, slots: groups.length, glyphs },
  );
  return [
    title,
    ...groups.toReversed().map(({ slots }, index): Line => {
      const upTo = 2 ** (slots.at(-1)! + 1);
      const sum = sums[groups.length - 1 - index]!;
      return [
        { text: `${usecText(upTo).padStart(LABEL - 1)} `, tone: 'dim' },
        { text: heat[index]!, tone: toneOf(upTo) },
        { text: ' ' },
        { text: bar(sum, { max: most, width: barWidth, glyphs }), tone: toneOf(upTo) },
        { text: fitted(` ${sum === 0 ? '' : countText(sum)}`, 8, glyphs), tone: 'dim' },
      ];
    }),
  ];
}

/** Slots that have anything, from the first to the last, in at most so many lines. */
function grouped(counts: readonly number[], lines: number): { slots: number[] }[] {
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const each = Math.ceil((last - first + 1) / lines);
  const groups: { slots: number[] }[] = [];
  for (let slot = first; slot <= last; slot += each)
    groups.push({ slots: Array.from({ length: Math.min(each, last - slot + 1) }, (_, index) => slot + index) });
  return groups;
}

function quantileOf(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [slot, count] of counts.entries()) {
    below += count;
    if (below >= share * total) return 2 ** (slot + 1);
  }
  return 2 ** counts.length;
}

/** A thread that waits this long is felt. */
function toneOf(upToUsec: number): Tone {
  if (upToUsec <= 2048) return 'good';
  return upToUsec <= 32_768 ? 'warn' : 'bad';
}

/** `64us`, `1.0ms`, `4.2s` */
function usecText(usec: number): string {
  if (usec < 1000) return `${usec}us`;
  if (usec < 1_000_000) return `${scaled(usec / 1000)}ms`;
  return `${scaled(usec / 1_000_000)}s`;
}

function scaled(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

function countText(count: number): string {
  if (count < 10_000) return String(count);
  return count < 1e6 ? `${Math.round(count / 1000)}k` : `${(count / 1e6).toFixed(1)}M`;
}

function sumOf(all: readonly (readonly number[])[]): number[] | undefined {
  if (all.length === 0) return undefined;
  return all[0]!.map((_, slot) => all.reduce((sum, counts) => sum + (counts[slot] ?? 0), 0));
}
