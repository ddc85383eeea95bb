import { readSync } from 'node:fs';
import { effectiveLimits } from '#agent/containers/effective-limits.js';
import type { Governed, GovernedLimits } from '#agent/containers/governed.js';
import { limitEntries, slicesOf } from '#agent/containers/limit-fields.js';
import { fieldsOfFile, isOneOf } from '#agent/governor/drift/files.js';
import type { FdBudget } from '#agent/sampler/fd-budget.js';
import { type CgroupSet, directoryOf, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import type { FileOwner } from '#runtime/cgroup/controller.js';
import { isAbsent, readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import { readSlices } from '#runtime/cgroup/limit-plan.js';
import { readShadows } from '#runtime/cgroup/shadow-files.js';

interface LimitFile {
  path: string;
  /** undefined: it is opened for each read. */
  fd: number | undefined;
  bytes: Buffer;
}

interface Known {
  limits: GovernedLimits;
  inForce: Governed['inForce'];
  cgroup: CgroupSet;
  files: LimitFile[];
}

const BUFFER_BYTES = 1 << 16;

/**
 * The files behind the limits in force, as they were when all was as it should be: as long as not a byte of them changed, and nobody asks for
 * other limits, there is nothing to put back. A scan of a thousand containers costs one read a file, nothing is parsed.
 */
export class LimitFiles {
  readonly #budget: FdBudget;
  readonly #known = new Map<string, Known>();
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

  constructor(budget: FdBudget) {
    this.#budget = budget;
  }

  /** Whether nothing can have changed since keep(). */
  unchanged(container: Governed): boolean {
    const known = this.#known.get(container.id);
    if (known === undefined || container.ending) return false;
    const { limits, inForce, cgroup, files } = known;
    if (limits !== container.limits || inForce !== container.inForce || cgroup !== container.cgroup) return false;
    return files.every((file) => this.#isSame(file));
  }

  /** What the files say now; undefined: that does not tell all that must hold (a freezer's state changes by itself). */
  read(container: Governed): ReadonlyMap<string, Buffer> | undefined {
    const { cgroup } = container;
    const wanted = limitEntries(effectiveLimits(container).limits).map(({ path }) => path);
    if (cgroup === undefined || wanted.includes('state')) return undefined;
    const found = new Map<string, Buffer>();
    const files = pathFiles(cgroup);
    const read = (owner: FileOwner, file: string): Buffer | undefined => {
      const bytes = files.read(owner, file);
      const fields = fieldsOfFile(file) ?? [];
      if (bytes !== undefined && wanted.some((path) => isOneOf(path, fields)))
        found.set(`${directoryOf(cgroup, owner)}/${file}`, Buffer.from(bytes));
      return bytes;
    };
    const slices = slicesOf(wanted).filter((key) => key !== 'state');
    readSlices(cgroup, slices, { read });
    readShadows(cgroup, effectiveLimits(container).limits, { read });
    return found;
  }

  /** All is as it should be, and was when `before` was read: from now on only a change matters. */
  keep(container: Governed, before: ReadonlyMap<string, Buffer>): void {
    this.forget(container.id);
    const { limits, inForce, cgroup } = container;
    if (cgroup === undefined) return;
    const files = [...before].map(([path, bytes]): LimitFile => ({ path, fd: this.#open(path), bytes }));
    this.#known.set(container.id, { limits, inForce, cgroup, files });
    if (!files.every((file) => this.#isSame(file))) this.forget(container.id);
  }

  forget(id: string): void {
    const known = this.#known.get(id);
    this.#known.delete(id);
    for (const { fd } of known?.files ?? []) if (fd !== undefined) this.#budget.close(fd);
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of [...this.#known.keys()]) if (!ids.has(id)) this.forget(id);
  }

  close(): void {
    this.keepOnly(new Set());
  }

  #open(path: string): number | undefined {
    try {
      return this.#budget.open(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  #isSame({ path, fd, bytes }: LimitFile): boolean {
    if (fd === undefined) return readInterfaceFile(path, this.#buffer)?.equals(bytes) === true;
    try {
      const length = readSync(fd, this.#buffer, 0, BUFFER_BYTES, 0);
      return bytes.equals(this.#buffer.subarray(0, length));
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }
}
