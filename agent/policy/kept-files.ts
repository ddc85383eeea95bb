import type { EventLog } from '#agent/containers/events.js';
import { goodBefore, type LoadInput, type PolicyFile } from './files.js';

/** Where each file of policies.d is kept as it last was good. */
export interface PolicyFilesKeeper {
  /** By path. Throws when they cannot be found again. */
  read(): ReadonlyMap<string, string>;
  /** On disk when it returns. Throws. */
  write(texts: ReadonlyMap<string, string>): void;
}

/** Files of policies.d as they last were good, for the agent after this one. What fails there is told, and stops no policy. */
export class KeptFiles {
  readonly #keeper: PolicyFilesKeeper;
  #faults: string[] = [];
  #told: readonly string[] = [];

  constructor(keeper: PolicyFilesKeeper) {
    this.#keeper = keeper;
  }

  /** What an earlier agent kept of the files of `dir`. */
  before(dir: string, parse: LoadInput['parse']): Map<string, PolicyFile> {
    try {
      return goodBefore(dir, this.#keeper.read(), parse);
    } catch (error) {
      this.#faults.push((error as Error).message);
      return new Map();
    }
  }

  /** What cannot be kept now, on a full disk, is tried again when it is called again. */
  keep(files: Iterable<PolicyFile>): void {
    const good = [...files].flatMap(({ path, goodText }) => (goodText === undefined ? [] : [[path, goodText] as const]));
    try {
      this.#keeper.write(new Map(good));
    } catch (error) {
      this.#faults.push((error as Error).message);
    }
  }

  /** Once for each time that something fails, however often it is tried. */
  tell(emit: EventLog['emit']): void {
    const [faults, told] = [this.#faults, this.#told];
    this.#faults = [];
    this.#told = faults;
    for (const message of faults)
      if (!told.includes(message)) emit('warning', undefined, { operation: 'keep policy files', message });
  }
}
