import { readFileSync, readlinkSync, statSync } from 'node:fs';
import type { DriftWriter } from '#agent/contract/drift.js';

const CMDLINE_CHARS = 160;

/**
 * Who a pid is, at this moment: it may have ended already, or end while it is looked at; then that is absent. `containerOf` names the governed
 * container that a cgroup path lies in. Synchronous: every turn of the event loop that passes is one in which the writer may end.
 */
export function readWriter(procRoot: string, pid: number, containerOf: (cgroup: string) => string | undefined): DriftWriter {
  if (pid === 0) return { pid, gone: false };
  const dir = `${procRoot}/${pid}`;
  const comm = attempt(() => readFileSync(`${dir}/comm`, 'utf8').trimEnd());
  if (comm === undefined) return { pid, gone: true };
  const exe = attempt(() => readlinkSync(`${dir}/exe`));
  const cmdline = attempt(() => shortened(readFileSync(`${dir}/cmdline`, 'utf8')));
  const uid = attempt(() => statSync(dir).uid);
  const cgroups = attempt(() => cgroupPaths(readFileSync(`${dir}/cgroup`, 'utf8'))) ?? [];
  const container = cgroups.map(containerOf).find((name) => name !== undefined);
  const cgroup = cgroups.find((path) => path !== '/') ?? cgroups[0];
  return {
    pid,
    gone: false,
    comm,
    ...(exe !== undefined && { exe }),
    ...(cmdline !== undefined && cmdline !== '' && { cmdline }),
    ...(uid !== undefined && { uid }),
    ...(cgroup !== undefined && { cgroup }),
    ...(container !== undefined && { container }),
  };
}

/** `sh (pid 12, uid 0, sh -c …)`, for people. */
export function writerText(writer: DriftWriter | undefined): string {
  if (writer === undefined) return 'an unknown writer';
  const { pid, gone, comm, uid, cmdline, container } = writer;
  if (pid === 0) return 'a process outside of this pid namespace';
  if (gone) return `pid ${pid}, which ended at once`;
  const where = container === undefined ? '' : ` in container ${container}`;
  const rest = [`pid ${pid}`, ...(uid === undefined ? [] : [`uid ${uid}`]), ...(cmdline === undefined ? [] : [cmdline])];
  return `${comm ?? '?'} (${rest.join(', ')})${where}`;
}

/** Paths of /proc/PID/cgroup, those of containers' own hierarchies first as they come. */
function cgroupPaths(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1));
}

/** Arguments are separated by NULs; control characters would garble terminals. */
function shortened(cmdline: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const text = cmdline.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return text.length > CMDLINE_CHARS ? `${text.slice(0, CMDLINE_CHARS - 1)}…` : text;
}

/** undefined where the process, or the right to look at it, is gone. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
