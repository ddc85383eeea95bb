import { closeSync, constants, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeathView } from '#agent/contract/journal.js';

type Oom = NonNullable<DeathView['oom']>;

/** One read(2) gives one record, at most this long (CONSOLE_EXT_LOG_MAX). */
const RECORD_BYTES = 8192;
const RECORDS_A_TURN = 200;
const MOST_RECORDS = 100_000;

/**
 * What the kernel's log says of the last OOM kill among the tasks of a cgroup (`/tsgov/x`, or one inside it): the victim, and the cgroup whose
 * limit was reached; `path` is /dev/kmsg. Undefined when the log says nothing of it any more, or may not be read. Source: mm/oom_kill.c, dump_oom_victim.
 */
export async function oomReport(path: string, cgroup: string): Promise<Oom | undefined> {
  let last: Oom | undefined;
  for await (const record of records(path)) last = parseOomKill(record, cgroup, path) ?? last;
  return last;
}

/** One record of the log, if it is of an OOM kill in that cgroup. Pure. */
export function parseOomKill(record: string, cgroup: string, source: string): Oom | undefined {
  const [, level, task, comm, pid] = /oom-kill:.*oom_memcg=(.*),task_memcg=(.*),task=(.*),pid=(\d+),uid=/.exec(record) ?? [];
  if (level === undefined || task === undefined || comm === undefined) return undefined;
  if (task !== cgroup && !task.startsWith(`${cgroup}/`)) return undefined;
  return { victim: { pid: Number(pid), comm }, level, source };
}

/** The records of the kernel's log from its oldest on; nothing where it cannot be read. */
async function* records(path: string): AsyncGenerator<string> {
  const fd = openLog(path);
  if (fd === undefined) return;
  try {
    const buffer = Buffer.alloc(RECORD_BYTES);
    for (let count = 1; count <= MOST_RECORDS; count += 1) {
      const length = readRecord(fd, buffer);
      if (length === 0) return;
      if (length > 0) yield buffer.toString('utf8', 0, length);
      if (count % RECORDS_A_TURN === 0) await nextTurn();
    }
  } finally {
    closeSync(fd);
  }
}

function openLog(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // No such device, or no right to read it (dmesg_restrict): the report is left out.
    return undefined;
  }
}

/** Bytes of the next record; 0: there is none; -1: it was overwritten meanwhile, and the next one is to be read. */
function readRecord(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPIPE' ? -1 : 0;
  }
}
