import { bar } from '#src/top/charts/bar.js';
import { limitEntriesOf } from '#src/top/container/limit-entries.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import { lastOf } from '#src/top/container/series.js';
import { timeOfDay } from '#src/top/container/wall-clock.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import { wrap } from '#src/top/lines.js';
import { percentText, sizeText } from '#src/top/overview/size-text.js';
import { fitted, safe } from '#src/top/text.js';

/** A limit against what is used of it. */
interface Use {
  readonly field: string;
  readonly value: number;
  readonly max: number;
  readonly mark?: number | undefined;
  readonly text: string;
}

/** Limits that somebody set, with their use as bars and who set each; those without a figure of use after them. */
export function useLines(input: PaneInput, { size, glyphs }: Look): Line[] {
  const { view } = input.details;
  const uses = usesOf(input);
  const shown = new Set(uses.map(({ field }) => field));
  // What a runtime of others gave its container at the start is no limit of tsgov's.
  const runtime = input.row?.runtime === 'tsgov' ? '' : (input.row?.runtime ?? '');
  const sourceOf = (field: string): string => view?.limitSources[field] ?? runtime;
  const width = Math.min(24, size.columns - NO_BAR);
  const lines: Line[] = uses.map(({ field, value, max, mark, text }) => {
    const percent = (value * 100) / max;
    return [
      { text: fitted(field, FIELD, glyphs), tone: 'dim' },
      ...(width < LEAST_BAR ? [] : [{ text: bar(value, { max, mark, width, glyphs }), tone: tone(percent) }]),
      { text: `${percentText(percent).padStart(4)}% `, tone: tone(percent) },
      { text },
      { text: ` ${safe(sourceOf(field), glyphs)}`, tone: 'accent' },
    ];
  });
  for (const { field, source, value } of view === undefined ? [] : limitEntriesOf(view))
    if (!shown.has(field) && source !== '')
      lines.push([
        { text: fitted(`${safe(field, glyphs)} `, FIELD, glyphs), tone: 'dim' },
        { text: safe(value, glyphs) },
        { text: ` ${safe(source, glyphs)}`, tone: 'accent' },
      ]);
  if (lines.length > 0) return lines;
  return view === undefined ? instead(input, 'view', glyphs) : [[{ text: 'nobody set any', tone: 'dim' }]];
}

/** All limits in full, conditions, and what others changed of them. */
export function limitsPane(input: PaneInput, look: Look): Line[] {
  const { glyphs } = look;
  const { view, drift } = input.details;
  const lines: Line[] = [heading('In force, against use, and who set it'), ...useLines(input, look)];
  const others = view === undefined ? [] : limitEntriesOf(view).filter(({ source }) => source === '');
  if (others.length > 0) {
    const text = others.map(({ field, value }) => `${field} ${value}`).join('  ');
    lines.push([], [{ text: 'As the kernel has it, not set through tsgov:', tone: 'dim' }]);
    for (const each of wrap(safe(text, glyphs), look.size.columns, glyphs)) lines.push([{ text: each, tone: 'dim' }]);
  }
  if (view !== undefined && view.policies.length > 0)
    lines.push(
      [],
      [
        { text: 'Policies that match: ', tone: 'dim' },
        { text: safe(view.policies.join(', '), glyphs), tone: 'accent' },
      ],
    );
  for (const { type, field, reason, message } of view?.conditions ?? [])
    lines.push([
      { text: `${safe(type, glyphs)} `, tone: 'warn' },
      { text: safe(`${field ?? ''} ${reason}: ${message}`.trim(), glyphs) },
    ]);
  lines.push([], heading('What others changed, and was put back'));
  if (drift === undefined) return [...lines, ...instead(input, 'drift', glyphs)];
  for (const { field, drifts, backOffMs, writer } of drift.wars)
    lines.push([
      { text: `tug of war about ${safe(field, glyphs)}: `, tone: 'bad' },
      { text: safe(`${drifts} times, now every ${Math.round(backOffMs / 1000)} s; ${writer?.comm ?? 'unknown writer'}`, glyphs) },
    ]);
  if (drift.drifts.length === 0) lines.push([{ text: `nothing (watched by ${drift.watching})`, tone: 'dim' }]);
  for (const each of drift.drifts.toReversed())
    lines.push([
      { text: `${timeOfDay(Date.parse(each.time))} `, tone: 'dim' },
      { text: safe(`${each.field}: `, glyphs) },
      {
        text: safe(`${each.writer?.comm ?? 'somebody'} (${each.writer?.pid ?? 'not known'}) wrote ${each.from}`, glyphs),
        tone: 'warn',
      },
      each.repaired
        ? { text: safe(`, put back to ${each.to} in ${each.repairMs.toFixed(0)} ms`, glyphs), tone: 'good' }
        : { text: safe(`, not put back: ${each.error ?? ''}`, glyphs), tone: 'bad' },
    ]);
  return lines;
}

const FIELD = 12;
/** Columns that all but the bar takes. */
const NO_BAR = 40;
const LEAST_BAR = 6;

function usesOf({ row, details, toMs }: PaneInput): Use[] {
  const figures = row?.figures ?? {};
  const { cpuMaxCores, memoryMaxBytes, memoryHighBytes, pidsMax } = figures;
  // The same moment as the graphs beside it; the row's may be another.
  const cpuCores = lastOf(details, 'cpu.usage', toMs) ?? figures.cpuCores;
  const memoryBytes = lastOf(details, 'memory.current', toMs) ?? figures.memoryBytes;
  const pids = lastOf(details, 'pids.current', toMs) ?? figures.pids;
  const uses: Use[] = [];
  if (cpuCores !== undefined && cpuMaxCores !== undefined)
    uses.push({ field: 'cpu.max', value: cpuCores, max: cpuMaxCores, text: `${cpuCores.toFixed(2)}/${cpuMaxCores}` });
  if (memoryBytes !== undefined && memoryMaxBytes !== undefined)
    uses.push({
      field: 'memory.max',
      value: memoryBytes,
      max: memoryMaxBytes,
      mark: memoryHighBytes,
      text: `${sizeText(memoryBytes)}/${sizeText(memoryMaxBytes)}`,
    });
  if (memoryBytes !== undefined && memoryHighBytes !== undefined)
    uses.push({
      field: 'memory.high',
      value: memoryBytes,
      max: memoryHighBytes,
      text: `${sizeText(memoryBytes)}/${sizeText(memoryHighBytes)}`,
    });
  if (pids !== undefined && pidsMax !== undefined)
    uses.push({ field: 'pids.max', value: pids, max: pidsMax, text: `${pids}/${pidsMax}` });
  return uses;
}

function heading(text: string): Line {
  return [{ text, tone: 'head' }];
}

function tone(percent: number): Tone {
  if (percent < 80) return 'good';
  return percent < 95 ? 'warn' : 'bad';
}
