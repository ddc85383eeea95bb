import { closeSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** One change of a file, or of a directory's entry. */
export interface FanotifyEvent {
  /** FAN_MODIFY, FAN_CREATE | FAN_ONDIR … */
  readonly mask: number;
  /** Who did it, as this process's pid namespace counts; 0: somebody outside of it, or the kernel. */
  readonly pid: number;
  /** That process has ended by now, and its number may be another's already. Said only where the kernel tells (FAN_REPORT_PIDFD). */
  readonly gone?: true;
  /** More happened than the kernel keeps: look at everything. Then there is no `dir`. */
  readonly overflow: boolean;
  /** The directory, as Fanotify.dirKey names it. */
  readonly dir: string;
  readonly name: string;
}

const METADATA_BYTES = 24;
const FAN_Q_OVERFLOW = 0x4000;
const FAN_EVENT_INFO_TYPE_DFID_NAME = 2;
const FAN_EVENT_INFO_TYPE_PIDFD = 4;
const FAN_NOPIDFD = -1;
const INFO_BYTES = 4;
const FSID = 4;
const HANDLE = 12;

/** Events with FAN_REPORT_DFID_NAME, and with FAN_REPORT_PIDFD, whose descriptors are closed. Source: fanotify(7), struct fanotify_event_info_fid. */
export function parseNamedEvents(chunk: Buffer): FanotifyEvent[] {
  return parse(chunk, (at, end) => {
    let place: Place | undefined;
    let gone = false;
    for (let info = at + METADATA_BYTES; info + INFO_BYTES <= end; info += chunk.readUInt16LE(info + 2)) {
      if (chunk[info] === FAN_EVENT_INFO_TYPE_PIDFD) {
        const pidfd = chunk.readInt32LE(info + INFO_BYTES);
        if (pidfd >= 0) closeSync(pidfd);
        gone = pidfd === FAN_NOPIDFD;
      }
      if (chunk[info] !== FAN_EVENT_INFO_TYPE_DFID_NAME) continue;
      const name = info + HANDLE + 8 + chunk.readUInt32LE(info + HANDLE);
      const dir = chunk.toString('hex', info + FSID, name);
      place = { dir, name: chunk.toString('utf8', name, chunk.indexOf(0, name)) };
    }
    return gone && place !== undefined ? { ...place, gone: true } : place;
  });
}

interface Place {
  dir: string;
  name: string;
  gone?: true;
}

/** Events that come with the open file; closes it. */
export function parseFdEvents(chunk: Buffer): FanotifyEvent[] {
  return parse(chunk, (at) => {
    const fd = chunk.readInt32LE(at + 16);
    if (fd < 0) return undefined;
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return { dir: dirname(path), name: basename(path) };
    } finally {
      closeSync(fd);
    }
  });
}

function parse(chunk: Buffer, where: (at: number, end: number) => Place | undefined): FanotifyEvent[] {
  const events: FanotifyEvent[] = [];
  for (let at = 0; at + METADATA_BYTES <= chunk.length; ) {
    const end = at + chunk.readUInt32LE(at);
    const mask = Number(chunk.readBigUInt64LE(at + 8));
    const pid = chunk.readInt32LE(at + 20);
    const overflow = (mask & FAN_Q_OVERFLOW) !== 0;
    const place = where(at, end);
    if (place !== undefined) events.push({ mask, pid, overflow, ...place });
    else if (overflow) events.push({ mask, pid, overflow, dir: '', name: '' });
    at = end;
  }
  return events;
}
