import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-write.js';
import { type ForeignRecord, parseForeignRecord } from './foreign-record.js';

/** Records of containers that are not ours, `ROOT/foreign/KEY.json`: only of those that something of us is in force on. */
export class ForeignStore {
  readonly #dir: string;

  /** Makes the directory, for nobody but us. */
  constructor(root: string) {
    this.#dir = join(root, 'foreign');
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    chmodSync(this.#dir, 0o700);
  }

  write(record: ForeignRecord): void {
    writeFileAtomic(this.#path(record), JSON.stringify(record));
  }

  /** Missing is fine. */
  remove(record: Pick<ForeignRecord, 'runtime' | 'id'>): void {
    rmSync(this.#path(record), { force: true });
  }

  /** Every record that can be read, and what is broken, which is renamed out of the way. */
  load(): { records: ForeignRecord[]; broken: { setAside: string; reason: string }[] } {
    const records: ForeignRecord[] = [];
    const broken: { setAside: string; reason: string }[] = [];
    for (const name of readdirSync(this.#dir).filter((each) => each.endsWith('.json'))) {
      const path = join(this.#dir, name);
      try {
        records.push(parseForeignRecord(readFileSync(path, 'utf8')));
      } catch (error) {
        const setAside = `${path}.broken`;
        renameSync(path, setAside);
        broken.push({ setAside, reason: (error as Error).message });
      }
    }
    return { records, broken };
  }

  /** Ids may be paths. */
  #path({ runtime, id }: Pick<ForeignRecord, 'runtime' | 'id'>): string {
    return join(this.#dir, `${createHash('sha256').update(`${runtime}\0${id}`).digest('hex').slice(0, 32)}.json`);
  }
}
