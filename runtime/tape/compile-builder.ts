import { TsgovError } from '#native/tsgov-error.js';
import type { OpName, Tape, TapeOp } from './ops.js';

/** The most slots a tape has (docs/architecture.md, "Tape encoding"). */
const SLOTS_MAX = 255;

/** An op without its origin, which the builder adds. */
export type OpWithoutOrigin = { [N in OpName]: Omit<Extract<TapeOp, { op: N }>, 'origin'> }[OpName];

/** The config asks for more than one tape can hold. */
export class TapeTooLargeError extends TsgovError<'SPEC_UNSUPPORTED'> {}

/** Collects ops, hands out slots and takes them back, and fills in the one forward jump. */
export class TapeBuilder {
  readonly #ops: TapeOp[] = [];
  readonly #inherited: number;
  #free: number[] = [];
  #slots: number;

  /** Slot 0 is the control socket, 1 … `inherited` come from the starter. */
  constructor(inherited: number) {
    this.#inherited = inherited;
    this.#slots = inherited + 1;
  }

  add(origin: string, op: OpWithoutOrigin): void {
    // Every call passes an object of its own; a copy of each would be half of a compile's time.
    this.#ops.push(Object.assign(op, { origin }) as TapeOp);
  }

  /** A slot that an op about to be added fills. */
  slot(origin: string): number {
    const slot = this.#free.pop() ?? this.#slots++;
    if (slot >= SLOTS_MAX) {
      throw new TapeTooLargeError(
        'SPEC_UNSUPPORTED',
        `${origin}: more things to hold open than a tape has slots (${SLOTS_MAX})`,
        {
          field: origin,
        },
      );
    }
    return slot;
  }

  /** Closes a slot; its number is used again. */
  close(origin: string, slot: number): void {
    this.add(origin, { op: 'close', fd: slot });
    this.#free.push(slot);
  }

  /**
   * Splits the tape in two at a clone: `child` adds what the new process plays, `parent` what the player goes on with. Both start
   * with the slots open that were open before.
   */
  fork(origin: string, clone: { flags: bigint; cgroup: number | undefined }, child: () => void, parent: () => void): void {
    const at = this.#ops.length;
    this.add(origin, { op: 'clone', ...clone, parent: 0 });
    const free = [...this.#free];
    child();
    this.#free = free;
    this.#ops[at] = { ...(this.#ops[at] as Extract<TapeOp, { op: 'clone' }>), parent: this.#ops.length };
    parent();
  }

  finish(): Tape {
    return { ops: this.#ops, slots: this.#slots, inherited: this.#inherited };
  }
}
