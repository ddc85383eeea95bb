import { bar } from '#src/top/charts/bar.js';
import { sparkline } from '#src/top/charts/sparkline.js';
import type { Tone } from '#src/top/frame.js';
import type { Row } from '#src/top/rows.js';
import { type CellContext, type Column, level, NONE, number, pressure, share, text } from './column.js';
import { percentText, sizeText } from './size-text.js';

/** Every column, in the order they are shown where the screen is wide enough; docs/top.md lists the same. */
export const COLUMNS: readonly Column[] = [
  text('name', 'NAME', 22, 'Name of the container.', (row) => row.name),
  text(
    'runtime',
    'RUNTIME',
    10,
    'Who runs it: tsgov, docker, podman, containerd, kubernetes, crio, lxc, nspawn, systemd, other.',
    (row) => row.runtime,
  ),
  {
    ...text('state', 'STATE', 7, 'created, running, frozen, exited, dead.', (row) => row.status),
    cell: (row) => ({ text: row.status, tone: STATE_TONES[row.status] }),
  },
  text('policy', 'POLICY', 12, 'Policies that match it.', (row) => row.policies.join(',')),
  number(
    'cpu',
    'CPU%',
    5,
    'CPU in use, in percent of cpu.max, or of the node where there is no limit.',
    (row, node) => share(row.figures.cpuCores, row.figures.cpuMaxCores ?? node.cpus),
    percentText,
    level(80, 95),
  ),
  number(
    'cores',
    'CORES',
    6,
    'Cores in use.',
    (row) => row.figures.cpuCores,
    (cores) => cores.toFixed(2),
  ),
  {
    name: 'spark',
    title: 'CPU HISTORY',
    width: 12,
    align: 'start',
    help: 'CPU in use over the last samples; full height is cpu.max, or one core.',
    key: (row) => row.figures.cpuCores,
    cell: ({ figures }, { spark, glyphs }) => ({
      text: sparkline(spark, { width: 12, max: figures.cpuMaxCores ?? 1, glyphs }),
      tone: 'chart1',
    }),
  },
  number(
    'throttled',
    'THR%',
    4,
    'Periods of cpu.max in which it ran out.',
    (row) => row.figures.throttledPercent,
    percentText,
    level(10, 50),
  ),
  number('memory', 'MEM', 5, 'Memory in use.', (row) => row.figures.memoryBytes, sizeText),
  number('memory-max', 'LIMIT', 5, 'memory.max.', (row) => row.figures.memoryMaxBytes, sizeText),
  {
    name: 'memory-bar',
    title: 'MEM OF MAX',
    width: 10,
    align: 'start',
    help: 'Memory in use, of memory.max (of the node where there is no limit); the mark is memory.high.',
    key: memoryShare,
    cell: (row, { glyphs, node }) => {
      const { memoryBytes, memoryMaxBytes, memoryHighBytes } = row.figures;
      if (memoryBytes === undefined) return NONE;
      return {
        text: bar(memoryBytes, { max: memoryMaxBytes ?? node.memoryBytes, mark: memoryHighBytes, width: 10, glyphs }),
        tone: memoryTone(memoryShare(row, node)),
      };
    },
  },
  number(
    'memory-percent',
    'MEM%',
    4,
    'Memory in use, in percent of memory.max, or of the node.',
    memoryShare,
    percentText,
    memoryTone,
  ),
  pressure(
    'psi-cpu',
    'P.CPU',
    'Time in which something waited for a CPU (some) and everything did (full), over 10 s.',
    'cpuSome',
    'cpuFull',
  ),
  pressure('psi-memory', 'P.MEM', 'The same for memory.', 'memorySome', 'memoryFull'),
  pressure('psi-io', 'P.IO', 'The same for I/O.', 'ioSome', 'ioFull'),
  number('read', 'READ/s', 6, 'Bytes read from disks, a second.', (row) => row.figures.readBps, sizeText),
  number('write', 'WRITE/s', 7, 'Bytes written to disks, a second.', (row) => row.figures.writeBps, sizeText),
  number(
    'net-in',
    'NET IN',
    6,
    'Bytes received, a second; not for containers in the network of the node.',
    (row) => row.figures.receiveBps,
    sizeText,
  ),
  number('net-out', 'NET OUT', 7, 'Bytes sent, a second.', (row) => row.figures.transmitBps, sizeText),
  {
    ...number('pids', 'PIDS', 5, 'Processes and threads; coloured when pids.max is near.', (row) => row.figures.pids, String),
    cell: ({ figures: { pids, pidsMax } }) =>
      pids === undefined ? NONE : { text: String(pids), tone: level(80, 95)(share(pids, pidsMax)) },
  },
  number('restarts', 'RST', 4, 'Times its restart policy started it again.', (row) => row.restarts, zeroIsDot, level(1, 5)),
  number(
    'drift',
    'DRIFT',
    5,
    'Changes of its limits by others that were put back, since the agent started.',
    (row) => row.drifts,
    zeroIsDot,
    level(1, 10),
  ),
  text('image', 'IMAGE', 20, 'What it was made of.', (row) => row.image),
  text('id', 'ID', 12, 'The beginning of its id.', (row) => row.id.slice(0, 12)),
];

/** Columns in the order in which they get room on a narrow screen, when nobody chose. */
export const BY_IMPORTANCE: readonly string[] = [
  'name',
  'cpu',
  'memory',
  'memory-percent',
  'state',
  'psi-memory',
  'psi-cpu',
  'psi-io',
  'throttled',
  'memory-bar',
  'spark',
  'runtime',
  'policy',
  'pids',
  'read',
  'write',
  'net-in',
  'net-out',
  'restarts',
  'drift',
  'memory-max',
  'cores',
  'image',
];

const STATE_TONES: Readonly<Record<Row['status'], Tone>> = {
  created: 'dim',
  running: 'good',
  frozen: 'accent',
  exited: 'dim',
  dead: 'bad',
};

function memoryShare({ figures }: Row, node: CellContext['node']): number | undefined {
  return share(figures.memoryBytes, figures.memoryMaxBytes ?? node.memoryBytes);
}

function memoryTone(percent: number | undefined): Tone {
  return level(80, 95)(percent);
}

function zeroIsDot(value: number): string {
  return value === 0 ? '.' : String(value);
}
