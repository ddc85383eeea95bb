import type { Stats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How much a container's own writes take on the disk. */
export interface LayerSize {
  /** `MAJ:MIN` of the filesystem. */
  device: string;
  bytes: number;
}

export interface LayerSizesOptions {
  procRoot: string;
  clock: { monotonicMs(): number };
  onFault: (error: unknown) => void;
}

/** A layer is looked at again after a minute, or twenty times as long as it took: at most a twentieth of the time goes there. */
const LEAST_AGE_MS = 60_000;
const PATIENCE = 20;
/** st_blocks counts in these, stat(2). */
const BLOCK_BYTES = 512;

interface Known {
  size: LayerSize | undefined;
  dueMs: number;
}

/** Sizes of writable layers, measured one after the other when somebody asks, off the event loop; nobody waits for it. */
export class LayerSizes {
  readonly #options: LayerSizesOptions;
  readonly #known = new Map<string, Known>();
  #waiting = new Map<string, number>();
  #measuring: Promise<void> | undefined;

  constructor(options: LayerSizesOptions) {
    this.#options = options;
  }

  /** What is known of a container's layer (of the one its first process sees as its root), which is measured soon if that is old. */
  of(id: string, pid: number): LayerSize | undefined {
    const known = this.#known.get(id);
    if (known === undefined || known.dueMs <= this.#options.clock.monotonicMs()) {
      this.#waiting.set(id, pid);
      this.#measuring ??= this.#measureAll();
    }
    return known?.size;
  }

  /** Those that are not there any more are forgotten. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
  }

  /** Resolves when nothing is being measured. */
  async idle(): Promise<void> {
    await this.#measuring;
  }

  async #measureAll(): Promise<void> {
    const { clock, onFault } = this.#options;
    while (this.#waiting.size > 0) {
      const waiting = this.#waiting;
      this.#waiting = new Map();
      for (const [id, pid] of waiting) {
        const beganMs = clock.monotonicMs();
        const size = await this.#measure(pid).catch((error: unknown) => {
          onFault(new Error(`cannot measure the writable layer of ${id}`, { cause: error }));
          return undefined;
        });
        const endedMs = clock.monotonicMs();
        this.#known.set(id, { size, dueMs: endedMs + Math.max(LEAST_AGE_MS, (endedMs - beganMs) * PATIENCE) });
      }
    }
    this.#measuring = undefined;
  }

  async #measure(pid: number): Promise<LayerSize | undefined> {
    const upper = upperDirectory(await orNothing(readFile(join(this.#options.procRoot, String(pid), 'mountinfo'), 'utf8')));
    const top = upper === undefined ? undefined : await orNothing(lstat(upper));
    if (upper === undefined || top === undefined) return undefined;
    return { device: deviceOf(top.dev), bytes: await usedBytes(upper, top, new Set()) };
  }
}

/** The upper directory of the overlay that a process has as its root; undefined: its root is no overlay. Source: proc_pid_mountinfo(5). */
export function upperDirectory(mountinfo: string | undefined): string | undefined {
  const root = mountinfo?.split('\n').findLast((line) => line.split(' ')[4] === '/');
  if (root === undefined || !/ - overlay /.test(root)) return undefined;
  const [, path] = /[ ,]upperdir=((?:[^,\\]|\\.)*)/.exec(root) ?? [];
  // Octal escapes are mountinfo's, other backslashes overlayfs's own.
  return path?.replaceAll(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))).replaceAll('\\', '');
}

/** As du(1) counts: blocks, each file once however often it is linked, and nothing of other filesystems. */
async function usedBytes(path: string, stat: Stats, seen: Set<number>): Promise<number> {
  if (stat.nlink > 1 && !stat.isDirectory()) {
    if (seen.has(stat.ino)) return 0;
    seen.add(stat.ino);
  }
  let bytes = stat.blocks * BLOCK_BYTES;
  if (!stat.isDirectory()) return bytes;
  for (const name of (await orNothing(readdir(path))) ?? []) {
    const below = join(path, name);
    const found = await orNothing(lstat(below));
    if (found !== undefined && found.dev === stat.dev) bytes += await usedBytes(below, found, seen);
  }
  return bytes;
}

/** `MAJ:MIN` of a device number, as makedev(3) packs it. */
function deviceOf(dev: number): string {
  const number = BigInt(dev);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & ~0xfffn);
  const minor = (number & 0xffn) | ((number >> 12n) & ~0xffn);
  return `${major}:${minor & 0xffffffffn}`;
}

async function orNothing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'ENOTDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
