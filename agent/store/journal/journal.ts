import type { Clock } from '#agent/containers/clock.js';
import type { DeathInput, JournalBackend, JournalInput } from '#agent/contract/journal.js';
import { currentCaller } from './acting.js';
import type { NewEntry } from './entry-rows.js';
import type { JournalFailure, JournalThread } from './journal-thread.js';

/** Where acts and deaths are told; never throws, never waits. */
export interface JournalWriter {
  record(entry: JournalInput): void;
  death(death: DeathInput): void;
  /** Resolves once all that was recorded is on disk, or counted as lost. Never rejects. */
  durable(): Promise<void>;
}

/** For containers whose acts nobody keeps. */
export const NO_JOURNAL: JournalWriter = {
  record: () => undefined,
  death: () => undefined,
  durable: () => Promise.resolve(),
};

export interface JournalOptions {
  thread: JournalThread;
  clock: Clock;
  /** Told once when rows cannot be written, and once when they can again. */
  onTrouble: (trouble: { failing: boolean; message: string; lostRows: number }) => void;
}

export interface JournalHealth {
  /** Why rows cannot be written now. */
  failure: string | undefined;
  writtenRows: number;
  lostRows: number;
}

/** Rows kept in memory while the disk takes none; then the oldest are lost. */
const KEPT_ROWS = 2000;
const RETRY_MS = 1000;
/** An act is answered after this long, whatever the disk does. */
const DURABLE_DEADLINE_MS = 5000;

type Row = { entry: NewEntry } | { death: DeathInput };

/** The journal of this agent: rows gather while a batch is on its way to the disk, and go together as the next one. */
export class Journal implements JournalWriter, Pick<JournalBackend, 'journal' | 'deaths'> {
  readonly #options: JournalOptions;
  #rows: Row[] = [];
  /** Resolves once the rows gathered now have been tried. */
  #gathered = deferred();
  #writing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  readonly #health: JournalHealth = { failure: undefined, writtenRows: 0, lostRows: 0 };

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  get health(): Readonly<JournalHealth> {
    return this.#health;
  }

  record(input: JournalInput): void {
    const caller = input.actor === undefined ? currentCaller() : undefined;
    const entry: NewEntry = {
      timeMs: this.#options.clock.nowMs(),
      container: input.container ?? null,
      actor: input.actor ?? caller?.actor ?? 'agent',
      action: input.action,
      field: input.field ?? null,
      reason: input.reason,
      before: input.before ?? null,
      after: input.after ?? null,
      result: input.result ?? 'done',
      error: input.error ?? null,
      undo: input.undo ?? null,
      values: { ...caller?.values, ...input.values },
    };
    this.#add({ entry });
  }

  death(death: DeathInput): void {
    this.#add({ death });
  }

  durable(): Promise<void> {
    const tried = this.#rows.length > 0 ? this.#gathered.promise : this.#writing;
    // While the disk takes none nobody waits for it.
    if (tried === undefined || this.#health.failure !== undefined) return Promise.resolve();
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(DURABLE_DEADLINE_MS, resolve);
    });
    return Promise.race([tried, late]).finally(() => cancel());
  }

  journal: JournalBackend['journal'] = async (query) => {
    await this.durable();
    return this.#options.thread.ask('journal', query);
  };

  deaths: JournalBackend['deaths'] = async (query) => {
    await this.durable();
    return this.#options.thread.ask('deaths', query);
  };

  /** Writes what is left. */
  async close(): Promise<void> {
    await this.durable();
    this.#cancelRetry?.();
  }

  #add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length > KEPT_ROWS) {
      this.#rows.shift();
      this.#health.lostRows += 1;
    }
    // While the disk takes none the retry brings them; a turn later, so that what is told together is written together.
    if (this.#writing === undefined && this.#cancelRetry === undefined) queueMicrotask(() => this.#write());
  }

  #write(): void {
    if (this.#writing !== undefined || this.#rows.length === 0) return;
    const rows = this.#rows;
    const { promise, resolve } = this.#gathered;
    this.#rows = [];
    this.#gathered = deferred();
    this.#writing = promise;
    const batch = {
      entries: rows.flatMap((row) => ('entry' in row ? [row.entry] : [])),
      deaths: rows.flatMap((row) => ('death' in row ? [row.death] : [])),
    };
    this.#options.thread.ask('write', batch).then(
      () => {
        this.#writing = undefined;
        this.#health.writtenRows += rows.length;
        this.#recovered();
        resolve();
        this.#write();
      },
      (error: JournalFailure) => {
        this.#writing = undefined;
        this.#failed(rows, error);
        resolve();
      },
    );
  }

  #failed(rows: Row[], { code, message }: JournalFailure): void {
    const kept = [...rows, ...this.#rows];
    const lost = Math.max(0, kept.length - KEPT_ROWS);
    this.#rows = kept.slice(lost);
    this.#health.lostRows += lost;
    const known = this.#health.failure !== undefined;
    this.#health.failure = code === '' ? message : `${code}: ${message}`;
    if (!known) this.#tell(true);
    this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => {
      this.#cancelRetry = undefined;
      this.#write();
    });
  }

  #recovered(): void {
    if (this.#health.failure === undefined) return;
    this.#health.failure = undefined;
    this.#tell(false);
  }

  #tell(failing: boolean): void {
    this.#options.onTrouble({ failing, message: this.#health.failure ?? '', lostRows: this.#health.lostRows });
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
