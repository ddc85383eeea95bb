import type { HistoryView } from '#agent/contract/journal.js';
import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import { bytesText, coresText, percentText, plainText, usecText } from '#agent/page/view/format.js';
import { rowOf, share } from '#agent/page/view/rows.js';
import { Series } from '#agent/page/view/series.js';
import { acts } from './acts.js';
import { askJson } from './ask.js';
import { chart } from './chart.js';
import { h, setText } from './dom.js';
import { meter } from './meter.js';
import { cpuText, memoryText, pidsText, throttledText } from './row-view.js';
import { why } from './why.js';

const SPAN_MS = 5 * 60_000;
const SIGNALS = ['cpu.usage', 'memory.current', 'cpu.some.avg10', 'memory.some.avg10', 'io.some.avg10'] as const;

/** One container, live: its limits against what it uses, and the last minutes. */
export function detail(id: string): { element: HTMLElement; update(view: UsageView): void } {
  const name = h('h2', { id: 'container', tabindex: '-1' }, '…');
  const about = h('p', { class: 'about' });
  const gone = h('p', { class: 'empty', role: 'status', hidden: '' }, 'There is no such container any more.');
  const cpu = meter('CPU');
  const memory = meter('Memory');
  const pids = meter('Processes');
  const limits = h('dl', { class: 'limits' });
  for (const [title, { element }] of [
    ['CPU', cpu],
    ['Memory', memory],
    ['Processes', pids],
  ] as const)
    limits.append(h('div', { class: 'tile' }, h('dt', {}, title), h('dd', {}, element)));
  const set = h('tbody');
  const signals = h('tbody');
  const lines = Object.fromEntries(SIGNALS.map((signal) => [signal, new Series(SPAN_MS)])) as Record<
    (typeof SIGNALS)[number],
    Series
  >;
  const charts = {
    cpu: chart('CPU', [{ name: 'cores', series: lines['cpu.usage'] }], { text: coresText, least: 0.05 }),
    memory: chart('Memory', [{ name: 'memory', series: lines['memory.current'] }], {
      text: bytesText,
      least: 1 << 20,
      binary: true,
    }),
    pressure: chart(
      'Pressure',
      (['cpu', 'memory', 'io'] as const).map((resource) => ({ name: resource, series: lines[`${resource}.some.avg10`] })),
      { text: percentText, least: 5 },
    ),
  };
  void recorded(id, lines);

  const element = h(
    'section',
    { 'aria-labelledby': 'container' },
    h('p', {}, h('a', { href: '#/' }, '← all containers')),
    name,
    about,
    gone,
    limits,
    h('div', { class: 'charts' }, charts.cpu.element, charts.memory.element, charts.pressure.element),
    why(id),
    acts(id),
    h('details', {}, h('summary', {}, 'Limits that are set'), h('table', { class: 'plain' }, set)),
    h('details', {}, h('summary', {}, 'Everything that is measured'), h('table', { class: 'plain' }, signals)),
  );
  return {
    element,
    update: ({ tickTime, time, containers }) => {
      const usage = containers.find((each) => each.id === id);
      gone.hidden = usage !== undefined;
      if (usage === undefined) return;
      const row = rowOf(usage);
      setText(name, plainText(usage.name));
      document.title = `${plainText(usage.name)} · tsgov`;
      setText(about, aboutText(usage));
      cpu.set(
        [cpuText(row) || 'does not run', throttledText(row)].filter(Boolean).join(', '),
        share(row.cpuCores, row.cpuMax),
        (row.throttled ?? 0) >= 10 ? 'warm' : undefined,
      );
      memory.set(
        memoryText(row) || 'does not run',
        share(row.memoryBytes, row.memoryMax),
        undefined,
        share(row.memoryHigh, row.memoryMax),
      );
      pids.set(pidsText(row) || 'does not run', share(row.pids, row.pidsMax));
      const atMs = Date.parse(tickTime ?? time);
      for (const signal of SIGNALS) {
        const value = usage.signals[signal];
        if (value !== undefined) lines[signal].add({ atMs, value });
      }
      charts.cpu.draw(row.cpuMax);
      charts.memory.draw(row.memoryMax);
      charts.pressure.draw();
      fill(
        set,
        Object.entries(usage.limits).map(([field, value]) => [field, limitText(field, value)]),
      );
      fill(
        signals,
        Object.entries(usage.signals).map(([signal, value]) => [signal, signalText(signal, value)]),
      );
    },
  };
}

/** What was recorded of the last minutes; a container the history does not know yet has none. */
async function recorded(id: string, lines: Record<string, Series>): Promise<void> {
  const query = new URLSearchParams({ from: `${SPAN_MS / 1000}s`, step: '2s', fields: SIGNALS.join(',') });
  const history = await askJson<HistoryView>(`/v1/containers/${encodeURIComponent(id)}/history?${query}`).catch(() => undefined);
  for (const signal of SIGNALS) {
    const values = history?.fields[signal] ?? [];
    lines[signal]?.begin(
      values.flatMap((value, index) => (value === null ? [] : [{ atMs: Date.parse(history?.times[index] ?? ''), value }])),
    );
  }
}

function aboutText({ runtime, image, status, id, policies, restartCount, drifts }: ContainerUsage): string {
  return [
    status,
    runtime,
    plainText(image),
    plainText(id.slice(0, 12)),
    policies.length > 0 ? `policies ${policies.map(plainText).join(', ')}` : '',
    restartCount > 0 ? `${restartCount} restarts` : '',
    drifts > 0 ? `${drifts} changes by others put back` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function fill(body: HTMLElement, entries: readonly (readonly [string, string])[]): void {
  while (body.childElementCount > entries.length) body.lastElementChild?.remove();
  entries.forEach(([name, value], index) => {
    if (body.children[index] === undefined) body.append(h('tr', {}, h('th', { scope: 'row' }), h('td')));
    const row = body.children[index]!;
    setText(row.children[0]!, plainText(name));
    setText(row.children[1]!, plainText(value));
  });
}

const BYTES = /^(memory\.(current|anon|max|high|low|min|swap.*)|io\.(read|write)|hugetlb\..*)$/;
const PERCENT = /avg(10|60|300)$|\.(usage|throttled|available|free)$/;

function limitText(field: string, value: number | string | boolean): string {
  return typeof value === 'number' && BYTES.test(field) ? bytesText(value) : String(value);
}

function signalText(signal: string, value: number): string {
  if (signal === 'cpu.usage') return `${coresText(value)} cores`;
  if (/^io\.(read|write)$/.test(signal)) return `${bytesText(value)}/s`;
  if (BYTES.test(signal)) return bytesText(value);
  if (signal.includes('latency')) return usecText(value);
  if (PERCENT.test(signal)) return percentText(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
