import { readSync } from 'node:fs';
import { type FanotifyEvent, parseFdEvents, parseNamedEvents } from './fanotify-events.js';
import { Fd } from './fd.js';
import { KernelError } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';
import { PolledFd } from './polled-fd.js';

export const FAN_MODIFY = 0x2;
export const FAN_CREATE = 0x100;
export const FAN_DELETE = 0x200;
/** Also of directories. */
export const FAN_ONDIR = 0x40000000;

const FAN_CLOEXEC = 0x1;
const FAN_NONBLOCK = 0x2;
const FAN_REPORT_DFID_NAME = 0xc00;
const FAN_REPORT_PIDFD = 0x80;
const FAN_MARK_ADD = 0x1;
const FAN_MARK_FILESYSTEM = 0x100;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;
const MAX_HANDLE_BYTES = 128;
/** What of struct statfs this needs, with room for all of it on any 64-bit machine. */
const STATFS_BYTES = 256;
const STATFS_FSID = 56;
const READ_BYTES = 1 << 16;
/** Each failed read takes one event; a failure that goes on is left to the event loop. */
const LOST_IN_A_ROW = 64;

export interface FanotifyOptions {
  /** A path on each filesystem to watch, and what for (FAN_MODIFY | …). */
  filesystems: readonly string[];
  mask: number;
  /** Default: names where this kernel has them for these filesystems and events, else paths. */
  reports?: 'names' | 'paths';
  onEvents: (events: readonly FanotifyEvent[]) => void;
  /** Told of a failed read of one event (which is lost); the watch goes on. */
  onLost: (error: Error) => void;
}

/**
 * Watches whole filesystems by fanotify: every change by anyone is told, within a fraction of a millisecond, with the pid of who made it.
 * Close it exactly once; then nothing of it is left. Sources: fanotify(7), fanotify_init(2), fanotify_mark(2).
 */
export class Fanotify {
  /** Events name a file by its directory's handle and its name (cgroup filesystems since 6.7), or have had the file opened to ask its path. */
  readonly reports: 'names' | 'paths';
  readonly #syscalls: Syscalls;
  readonly #fd: Fd;
  readonly #options: FanotifyOptions;
  /** Of each filesystem, the deepest path first. */
  readonly #fsids: readonly { path: string; fsid: string }[];
  readonly #handle = Buffer.alloc(8 + MAX_HANDLE_BYTES);
  readonly #mountId = new Int32Array(1);
  #polled: PolledFd;

  private constructor(syscalls: Syscalls, reports: 'names' | 'paths', options: FanotifyOptions) {
    this.#syscalls = syscalls;
    this.reports = reports;
    this.#options = options;
    const deepestFirst = [...options.filesystems].sort((a, b) => b.length - a.length);
    this.#fsids = deepestFirst.map((path) => ({ path, fsid: fsidOf(syscalls, path) }));
    // Who made or removed a directory nobody asks.
    const pidfd = options.mask === FAN_MODIFY ? FAN_REPORT_PIDFD : 0;
    this.#fd = openGroup(syscalls, reports === 'names' ? FAN_REPORT_DFID_NAME | pidfd : 0, options);
    this.#polled = this.#listen();
  }

  /**
   * Throws KernelError: EPERM (needs CAP_SYS_ADMIN in the first user namespace), EMFILE (fs.fanotify.max_user_groups), EINVAL and ENODEV (this
   * kernel has not got the events asked for on that filesystem).
   */
  static open(syscalls: Syscalls, options: FanotifyOptions): Fanotify {
    if (options.reports === 'paths') return new Fanotify(syscalls, 'paths', options);
    try {
      return new Fanotify(syscalls, 'names', options);
    } catch (error) {
      const tooOld = error instanceof KernelError && ['EINVAL', 'ENODEV', 'EOPNOTSUPP'].includes(error.errnoName);
      if (!tooOld || options.mask !== FAN_MODIFY || options.reports === 'names') throw error;
      return new Fanotify(syscalls, 'paths', options);
    }
  }

  /** What events call this directory of a filesystem that is watched (`FanotifyEvent.dir`); undefined: there is none. */
  dirKey(path: string): string | undefined {
    if (this.reports === 'paths') return path;
    const filesystem = this.#fsids.find((each) => path === each.path || path.startsWith(`${each.path}/`));
    if (filesystem === undefined) throw new RangeError(`${path} is on none of the filesystems that are watched`);
    const handle = this.#handle;
    handle.writeUInt32LE(MAX_HANDLE_BYTES, 0);
    if (this.#syscalls.name_to_handle_at(AT_FDCWD, path, handle, this.#mountId, 0) < 0) return undefined;
    return `${filesystem.fsid}${handle.toString('hex', 0, 8 + handle.readUInt32LE(0))}`;
  }

  /** Has told all that the kernel has told so far when it returns, without waiting for the event loop. */
  hear(): void {
    let lostInARow = 0;
    for (let read = this.#read(); read !== 'nothing' && lostInARow < LOST_IN_A_ROW; read = this.#read()) {
      if (read === 'lost') lostInARow += 1;
      else {
        lostInARow = 0;
        this.#options.onEvents(this.#parse(read));
      }
    }
  }

  close(): void {
    this.#polled.close();
    this.#fd.close();
  }

  #parse(chunk: Buffer): FanotifyEvent[] {
    return this.reports === 'names' ? parseNamedEvents(chunk) : parseFdEvents(chunk);
  }

  #read(): Buffer | 'nothing' | 'lost' {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    try {
      return chunk.subarray(0, readSync(this.#fd.number, chunk));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 'nothing';
      // Where events open files, one that may not be opened fails the read, and is gone; there may be others behind it.
      this.#options.onLost(error as Error);
      return 'lost';
    }
  }

  #listen(): PolledFd {
    return new PolledFd(this.#syscalls, this.#fd, {
      onData: (chunk) => this.#options.onEvents(this.#parse(chunk)),
      // Where events open files, one that may not be opened (cgroup.kill is write-only) fails the read, and is gone.
      onError: (error) => {
        this.#polled = this.#listen();
        this.#options.onLost(error);
      },
    });
  }
}

/** Source: fanotify(7): an event's fsid is f_fsid of statfs(2). */
function fsidOf(syscalls: Syscalls, path: string): string {
  const statfs = Buffer.alloc(STATFS_BYTES);
  checked(syscalls.statfs(path, statfs), { syscall: 'statfs', target: path });
  return statfs.toString('hex', STATFS_FSID, STATFS_FSID + 8);
}

function openGroup(syscalls: Syscalls, report: number, { filesystems, mask }: FanotifyOptions): Fd {
  const target = filesystems.join(' ');
  const number = syscalls.fanotify_init(FAN_CLOEXEC | FAN_NONBLOCK | report, O_CLOEXEC);
  const fd = new Fd(checked(number, { syscall: 'fanotify_init', target }), 'fanotify');
  try {
    for (const path of filesystems) {
      const result = syscalls.fanotify_mark(fd.number, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, path);
      checked(result, { syscall: 'fanotify_mark', target: path });
    }
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}
