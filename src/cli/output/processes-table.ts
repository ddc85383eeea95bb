import type { ProcessView } from '#agent/contract/processes.js';
import { binarySize } from './human-size.js';
import { shorten, table } from './table.js';

const COMMAND_WIDTH = 60;

/** A process a line; in a tree commands are indented below their parents'. */
export function processesTable(
  shown: readonly { container: string; processes?: readonly ProcessView[] }[],
  how: { truncate: boolean; pss: boolean; files: boolean },
): string {
  const columns = COLUMNS.filter(({ only }) => only === undefined || how[only]);
  return table(
    columns.map(({ title }) => title),
    shown.flatMap(({ container, processes = [] }) =>
      processes.map((each) => columns.map(({ cell }) => cell(each, { container, truncate: how.truncate }))),
    ),
  );
}

interface Column {
  title: string;
  /** Shown only with this flag. */
  only?: 'pss' | 'files';
  cell(process: ProcessView, around: { container: string; truncate: boolean }): string;
}

const COLUMNS: readonly Column[] = [
  { title: 'CONTAINER', cell: (_, { container }) => container },
  { title: 'PID', cell: ({ pid }) => String(pid) },
  { title: 'CPID', cell: ({ containerPid }) => (containerPid === null ? '' : String(containerPid)) },
  { title: 'USER', cell: userText },
  { title: 'S', cell: ({ state }) => state },
  { title: '%CPU', cell: ({ cpuPercent }) => cpuPercent.toFixed(1) },
  { title: 'RSS', cell: ({ rssBytes }) => binarySize(rssBytes) },
  {
    title: 'PSS',
    only: 'pss',
    cell: ({ pssBytes }) => (pssBytes === null || pssBytes === undefined ? '' : binarySize(pssBytes)),
  },
  { title: 'THR', cell: ({ threads }) => String(threads) },
  { title: 'FILES', only: 'files', cell: filesText },
  { title: 'CAPS', cell: ({ capabilities }) => String(capabilities.length) },
  { title: 'SECCOMP', cell: ({ seccomp }) => seccomp ?? '' },
  { title: 'WCHAN', cell: ({ wchan }) => wchan ?? '' },
  {
    title: 'COMMAND',
    cell: ({ command, depth = 0 }, { truncate }) =>
      `${'  '.repeat(depth)}${truncate ? shorten(command, COMMAND_WIDTH) : command}`,
  },
];

/** Its name where the container has one; else the number inside, or where that is not mapped, the host's. */
function userText({ userName, containerUser, user }: ProcessView): string {
  return userName ?? String(containerUser ?? user);
}

function filesText({ openFiles, openFilesMax }: ProcessView): string {
  if (openFiles === null || openFiles === undefined) return '';
  return openFilesMax === null || openFilesMax === undefined ? String(openFiles) : `${openFiles}/${openFilesMax}`;
}
