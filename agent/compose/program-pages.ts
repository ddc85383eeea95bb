import { readFileSync, readlinkSync } from 'node:fs';
import { type AddressRange, dropPages } from '#native/drop-pages.js';
import type { Syscalls } from '#native/libc.js';

/**
 * Takes the pages of Node's own program file out of this process's memory: starting touches three times as many as running needs, and those
 * come again from the page cache in some hundred faults. Errors: KernelError of madvise; those of reading /proc.
 */
export function dropProgramPages({ procRoot, syscalls }: { procRoot: string; syscalls: Syscalls }): void {
  // Not by pid: in a pid namespace with another's /proc that is another process.
  const smaps = readFileSync(`${procRoot}/self/smaps`, 'latin1');
  for (const range of programPages(smaps, readlinkSync(`${procRoot}/self/exe`, 'latin1'))) dropPages(syscalls, range);
}

/**
 * Where pages of a process's program file are mapped that nobody can have changed: private, read-only, none of them a copy. `smaps` is its
 * /proc/PID/smaps, `program` what /proc/PID/exe names. The program's file only, which stays where it is for as long as the process lives: a
 * library's addresses may be somebody else's by the time they are used. Source: proc_pid_smaps(5), proc_pid_maps(5).
 */
export function programPages(smaps: string, program: string): AddressRange[] {
  const found: AddressRange[] = [];
  let mapping: AddressRange | undefined;
  for (const line of smaps.split('\n')) {
    const begins = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (begins !== null) mapping = begins[4] === program ? readOnly(begins) : undefined;
    else if (mapping !== undefined && /^Anonymous: +0 kB$/.test(line)) found.push(mapping);
  }
  return found;
}

function readOnly([, from = '', to = '', rights = '']: RegExpExecArray): AddressRange | undefined {
  const address = Number.parseInt(from, 16);
  return /^r-[x-]p$/.test(rights) ? { address, lengthBytes: Number.parseInt(to, 16) - address } : undefined;
}
