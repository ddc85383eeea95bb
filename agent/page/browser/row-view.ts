import { bytesOfText, bytesText, coresText, percentText, plainText } from '#agent/page/view/format.js';
import { levelOf, type Row, share } from '#agent/page/view/rows.js';
import { h, setAttributes, setText } from './dom.js';
import { meter } from './meter.js';

export interface RowView {
  readonly element: HTMLElement;
  update(row: Row): void;
}

/** One container's row of the table. */
export function rowView(id: string): RowView {
  const link = h('a', { href: `#/container/${encodeURIComponent(id)}` });
  const about = h('small');
  const status = h('span', { class: 'badge' });
  const pressure = meter('pressure');
  const cpu = meter('CPU');
  const throttled = h('small');
  cpu.element.append(throttled);
  const memory = meter('memory');
  const pids = meter('processes');
  const io = h('td', { class: 'io', 'data-title': 'I/O' });
  const policies = h('td', { class: 'policies', 'data-title': 'Policies' });
  const cell = (kind: string, title: string, content: Node) => h('td', { class: kind, 'data-title': title }, content);
  const element = h(
    'tr',
    {},
    h('th', { scope: 'row', class: 'name' }, h('bdi', {}, link), about),
    cell('status', 'Status', status),
    cell('pressure', 'Pressure', pressure.element),
    cell('cpu', 'CPU', cpu.element),
    cell('memory', 'Memory', memory.element),
    cell('pids', 'Processes', pids.element),
    io,
    policies,
  );
  return {
    element,
    update: (row) => {
      const { usage } = row;
      setText(link, plainText(usage.name));
      setText(about, [usage.runtime, plainText(usage.image)].filter(Boolean).join(' · '));
      setText(status, usage.status);
      setAttributes(status, { 'data-status': usage.status });
      setAttributes(element, { 'data-level': levelOf(row.score) });
      pressure.set(
        row.score > 0 ? `${row.pressure} ${percentText(row.score)}` : row.pressure || 'none',
        row.score / 100,
        levelOf(row.score),
      );
      cpu.set(cpuText(row), share(row.cpuCores, row.cpuMax), (row.throttled ?? 0) >= 10 ? 'warm' : undefined);
      memory.set(memoryText(row), share(row.memoryBytes, row.memoryMax), undefined, share(row.memoryHigh, row.memoryMax));
      pids.set(pidsText(row), share(row.pids, row.pidsMax));
      setText(throttled, throttledText(row));
      setText(io, ioText(row));
      setText(policies, usage.policies.map(plainText).join(', '));
    },
  };
}

export function cpuText({ cpuCores, cpuMax }: Row): string {
  if (cpuCores === undefined) return '';
  return cpuMax === undefined ? `${coresText(cpuCores)} cores` : `${coresText(cpuCores)} of ${coresText(cpuMax)}`;
}

/** How much of its periods its quota ran out in; empty when it hardly did. */
export function throttledText({ throttled = 0 }: Row): string {
  return throttled >= 1 ? `throttled ${percentText(throttled)}` : '';
}

function ioText({ readBps, writeBps = 0 }: Row): string {
  if (readBps === undefined) return '';
  return readBps + writeBps < 1 ? 'none' : `${bytesText(readBps)}/s, ${bytesText(writeBps)}/s`;
}

export function memoryText({ memoryBytes, memoryMax }: Row): string {
  if (memoryBytes === undefined) return '';
  return memoryMax === undefined ? bytesText(memoryBytes) : bytesOfText(memoryBytes, memoryMax);
}

export function pidsText({ pids, pidsMax }: Row): string {
  if (pids === undefined) return '';
  return pidsMax === undefined ? String(pids) : `${pids} of ${pidsMax}`;
}
