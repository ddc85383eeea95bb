import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-write.js';
import { isContainerId } from './container-id.js';
import { type ContainerRecord, parseContainerRecord } from './container-record.js';
import { onDisk } from './on-disk.js';
import { removeFile, removeTree } from './remove-tree.js';

/** A record that could not be read: set aside under `setAside` so that it is not looked at again. */
export interface BrokenRecord {
  id: string;
  setAside: string;
  reason: string;
}

/**
 * Containers on disk. `root` holds `containers/<id>/{container.json,config.json,log,upper,work}`, `state` (gone at a reboot)
 * `containers/<id>/{shim.sock,pid,exit}`. A container exists once its record is written and until its record is gone.
 */
export class ContainerStore {
  readonly #root: string;
  readonly #state: string;

  /**
   * Makes both directories, for nobody but us (0700, also where an earlier tsgov left them open): a container's setuid programs in
   * `upper` would be root's on the node for everyone who could get at them (CVE-2021-41091).
   */
  constructor(root: string, state: string) {
    this.#root = join(root, 'containers');
    this.#state = join(state, 'containers');
    for (const dir of [this.#root, this.#state]) {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      chmodSync(dir, 0o700);
    }
  }

  dataDir(id: string): string {
    return join(this.#root, id);
  }

  stateDir(id: string): string {
    return join(this.#state, id);
  }

  logPath(id: string): string {
    return join(this.#root, id, 'log');
  }

  configPath(id: string): string {
    return join(this.#root, id, 'config.json');
  }

  /** Makes the data directory of a new container; throws KernelError, EEXIST for an id that has one. */
  makeDataDir(id: string): void {
    const dir = this.dataDir(id);
    onDisk(dir, () => mkdirSync(dir, { mode: 0o700 }));
  }

  write(record: ContainerRecord): void {
    writeFileAtomic(join(this.dataDir(record.id), 'container.json'), JSON.stringify(record));
  }

  /** Every record that can be read, and what is broken, which is renamed out of the way. Directories without a record are neither. */
  load(): { records: ContainerRecord[]; broken: BrokenRecord[] } {
    const records: ContainerRecord[] = [];
    const broken: BrokenRecord[] = [];
    for (const id of this.dataIds()) {
      const path = join(this.dataDir(id), 'container.json');
      const text = readIfThere(path);
      if (text === undefined) continue;
      try {
        const record = parseContainerRecord(text);
        if (record.id !== id) throw new Error(`it is the record of ${JSON.stringify(record.id)}`);
        records.push(record);
      } catch (error) {
        const setAside = `${path}.broken`;
        renameSync(path, setAside);
        broken.push({ id, setAside, reason: (error as Error).message });
      }
    }
    return { records, broken };
  }

  /** Ids that have a data directory, with or without a record. */
  dataIds(): string[] {
    return readdirSync(this.#root).filter(isContainerId);
  }

  /** Whether its record was broken and is kept for a person to look at. */
  isSetAside(id: string): boolean {
    return existsSync(join(this.dataDir(id), 'container.json.broken'));
  }

  /** Ids that have a state directory. */
  stateIds(): string[] {
    return readdirSync(this.#state).filter(isContainerId);
  }

  makeStateDir(id: string): void {
    const dir = this.stateDir(id);
    onDisk(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }));
  }

  hasStateDir(id: string): boolean {
    return existsSync(this.stateDir(id));
  }

  removeStateDir(id: string): void {
    removeTree(this.stateDir(id));
  }

  /** Everything of a container; the record goes last but for its directory, so that a crash half way leaves it removable. */
  async remove(id: string): Promise<void> {
    const dir = this.dataDir(id);
    for (const { name, directory } of entriesIfThere(dir)) {
      if (name === 'container.json') continue;
      // What a container wrote may be much.
      if (directory) await rm(join(dir, name), { recursive: true, force: true, maxRetries: 3 });
      else removeFile(join(dir, name));
    }
    this.removeStateDir(id);
    removeTree(dir);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function entriesIfThere(dir: string): { name: string; directory: boolean }[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).map((entry) => ({ name: entry.name, directory: entry.isDirectory() }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
