import type { UsageView } from '#agent/contract/usage.js';
import { busyShares } from '#agent/page/view/cpu-share.js';
import { bytesOfText, coresText, percentText } from '#agent/page/view/format.js';
import { levelOf, share } from '#agent/page/view/rows.js';
import { h, setAttributes, setText } from './dom.js';
import { type Meter, meter } from './meter.js';

const WAITS = [
  ['cpu', 'CPU'],
  ['memory', 'memory'],
  ['io', 'I/O'],
] as const;

/** How the node is, in one line of tiles. */
export function nodeLine(into: HTMLElement): (node: UsageView['node']) => void {
  const cpu = meter('CPU');
  const cores = h('div', { class: 'cores', 'aria-hidden': 'true' });
  const load = h('small');
  const memory = meter('Memory');
  const swap = h('small');
  const waits = WAITS.map(([resource, name]) => ({ resource, made: labelled(name) }));
  into.append(
    tile('CPU', cpu.element, cores, load),
    tile('Memory', memory.element, swap),
    tile('Pressure: time in which something waited', h('div', { class: 'waits' }, ...waits.map(({ made }) => made.element))),
  );
  let before: UsageView['node']['cpus'] | undefined;

  return (node) => {
    drawCores(cores, busyShares(before, node.cpus));
    before = node.cpus;
    const busy = node.busyCores ?? 0;
    cpu.set(`${coresText(busy)} of ${node.cpus.length} cores`, share(busy, node.cpus.length));
    setText(load, `load ${node.load.map((value) => value.toFixed(2)).join('  ')}`);
    const used = node.memTotalBytes - (node.memAvailableBytes ?? node.memTotalBytes);
    memory.set(bytesOfText(used, node.memTotalBytes), share(used, node.memTotalBytes));
    const swapped = node.swapTotalBytes - node.swapFreeBytes;
    setText(swap, node.swapTotalBytes === 0 ? 'no swap' : `swap ${bytesOfText(swapped, node.swapTotalBytes)}`);
    for (const { resource, made } of waits) {
      const some = node.signals[`node.${resource}.some.avg10`];
      made.set(some === undefined ? 'not known' : percentText(some), some && some / 100, levelOf(some ?? 0));
    }
  };
}

function tile(name: string, ...content: HTMLElement[]): HTMLElement {
  return h('div', { class: 'tile' }, h('span', { class: 'name' }, name), ...content);
}

/** A meter that shows its name, too. */
function labelled(name: string): Meter {
  const made = meter(`${name} pressure`);
  made.element.append(h('small', {}, name));
  return made;
}

/** One small column a core; many cores get thin ones. */
function drawCores(into: HTMLElement, shares: readonly (number | undefined)[]): void {
  while (into.childElementCount > shares.length) into.lastElementChild?.remove();
  while (into.childElementCount < shares.length) into.append(h('i', {}, h('b')));
  shares.forEach((part, index) => {
    const core = into.children[index] as HTMLElement;
    setAttributes(core, { title: `core ${index}: ${part === undefined ? 'not known' : percentText(part * 100)}` });
    (core.firstElementChild as HTMLElement).style.blockSize = `${((part ?? 0) * 100).toFixed(0)}%`;
  });
}
