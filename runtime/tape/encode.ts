import { constants } from 'node:os';
import { ARENA_MAX_BYTES, Arena } from './arena.js';
import { type ArgKind, OPS, type Tape, type TapeOp } from './ops.js';
import { TapeError } from './tape-error.js';

const HEADER_BYTES = 32;
const RECORD_BYTES = 64;
const OPS_MAX = 4096;
const SLOTS_MAX = 255;
const TOLERATE_MAX = 3;
const NONE = 0xffffffff;
const TWO_TO_32 = 0x1_0000_0000;
const ERRNOS: Readonly<Record<string, number>> = constants.errno;

/**
 * Packs a tape for the player, in the encoding of docs/architecture.md ("Tape encoding"); pure. Negative numbers are taken as their
 * unsigned words (`-1` is 0xffffffff). All that the player would refuse is refused here, with a better message.
 *
 * @throws TapeError (TAPE_INVALID) naming op index, argument and origin: too many ops or slots, slot 0 or out of range, a string with a
 * NUL, an unknown errno, a jump not forward, a half that does not end in `exec` or `finish`, an arena over 4 MiB.
 */
export function encodeTape(tape: Tape): Buffer {
  checkShape(tape);
  const arena = new Arena();
  const records = tape.ops.map((op, index) => encodeRecord({ tape, arena, op, index }));
  const arenaBytes = arena.toBuffer();
  if (arenaBytes.length > ARENA_MAX_BYTES) {
    throw new TapeError({ reason: `strings and data take ${arenaBytes.length} bytes, at most ${ARENA_MAX_BYTES} fit` });
  }
  return Buffer.concat([encodeHeader(tape, arenaBytes.length), ...records, arenaBytes]);
}

/** What OPS says, in the order of the words. */
const LAYOUTS = Object.fromEntries(
  Object.entries(OPS).map(([name, { code, args }]) => [name, { code, args: Object.entries(args) as [string, ArgKind][] }]),
) as Record<TapeOp['op'], { code: number; args: [string, ArgKind][] }>;

interface Place {
  readonly tape: Tape;
  readonly arena: Arena;
  readonly op: TapeOp;
  readonly index: number;
}

function checkShape({ ops, slots, inherited }: Tape): void {
  if (ops.length < 1 || ops.length > OPS_MAX) throw new TapeError({ reason: `${ops.length} ops, want 1 to ${OPS_MAX}` });
  if (!isWithin(slots, 1, SLOTS_MAX)) throw new TapeError({ reason: `${slots} slots, want 1 to ${SLOTS_MAX}` });
  if (!isWithin(inherited, 0, slots - 1)) {
    throw new TapeError({ reason: `${inherited} inherited fds, want 0 to ${slots - 1} (slots less the control socket)` });
  }
  const last = ops.length - 1;
  if (!endsHalf(ops[last])) throw new TapeError({ index: last, op: ops[last]!, reason: 'the last op must be exec or finish' });
  const clones = ops.flatMap((op, index) => (op.op === 'clone' ? [{ op, index }] : []));
  if (clones[1] !== undefined) throw new TapeError({ ...clones[1], reason: 'a second clone; a tape forks once' });
}

function encodeHeader({ ops, slots, inherited }: Tape, arenaBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('TSGT', 0, 'latin1');
  [1, ops.length, slots, inherited, arenaBytes].forEach((value, index) => {
    header.writeUInt32LE(value, 4 + index * 4);
  });
  return header;
}

function encodeRecord(place: Place): Buffer {
  const { op } = place;
  const { code, args } = LAYOUTS[op.op];
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt16LE(code, 0);
  encodeTolerate(place).forEach((errno, index) => {
    record.writeUInt16LE(errno, 2 + index * 2);
  });
  args.forEach(([arg, kind], index) => {
    const value = (op as unknown as Readonly<Record<string, unknown>>)[arg];
    writeWord(record, 8 + index * 8, encodeArg(kind, value, place, arg));
  });
  checkRecord(place);
  return record;
}

/** BigInt words cost ten times as much as numbers, and a launch has a thousand words. */
function writeWord(record: Buffer, offset: number, word: number | bigint): void {
  if (typeof word === 'bigint') record.writeBigUInt64LE(word, offset);
  else {
    record.writeUInt32LE(word % TWO_TO_32, offset);
    record.writeUInt32LE(Math.floor(word / TWO_TO_32), offset + 4);
  }
}

function encodeTolerate({ op, index }: Place): number[] {
  const names = op.tolerate ?? [];
  if (names.length > TOLERATE_MAX) {
    throw new TapeError({ index, op, arg: 'tolerate', reason: `${names.length} errnos, at most ${TOLERATE_MAX} fit` });
  }
  return names.map((name) => {
    const errno = Object.hasOwn(ERRNOS, name) ? ERRNOS[name] : undefined;
    if (errno === undefined) throw new TapeError({ index, op, arg: 'tolerate', reason: `unknown errno ${name}` });
    return errno;
  });
}

/** What a record as a whole must hold, beyond its arguments one by one. */
function checkRecord({ tape, op, index }: Place): void {
  if ((op.op === 'exec' || op.op === 'hook') && op.argv.length === 0) {
    throw new TapeError({ index, op, arg: 'argv', reason: 'is empty; it must at least name the program' });
  }
  if (op.op === 'pipe' && op.read === op.write) {
    throw new TapeError({ index, op, arg: 'write', reason: `slot ${op.write} holds the read end already` });
  }
  if (op.op === 'clone' && !endsHalf(tape.ops[op.parent - 1])) {
    throw new TapeError({
      index,
      op,
      arg: 'parent',
      reason: `op ${op.parent - 1} before it must end the child's half (exec or finish)`,
    });
  }
}

function endsHalf(op: TapeOp | undefined): boolean {
  return op?.op === 'exec' || op?.op === 'finish';
}

type ArgEncoder = (value: unknown, place: Place) => number | bigint | string;

/** An argument word, or what is wrong with the value. */
const ARG_ENCODERS: Readonly<Record<ArgKind, ArgEncoder>> = {
  slot: encodeSlot,
  'slot?': (value, place) => (value === undefined ? NONE : encodeSlot(value, place)),
  out: encodeSlot,
  str: encodeString,
  'str?': (value, place) => (value === undefined ? NONE : encodeString(value, place)),
  bytes: encodeBytes,
  strv: encodeStrings,
  u32: (value) => encodeInteger(value, 32),
  u64: (value) => encodeInteger(value, 64),
  op: encodeJump,
};

function encodeArg(kind: ArgKind, value: unknown, place: Place, arg: string): number | bigint {
  const word = ARG_ENCODERS[kind](value, place);
  if (typeof word === 'string') throw new TapeError({ index: place.index, op: place.op, arg, reason: word });
  return word;
}

function encodeSlot(value: unknown, { tape }: Place): number | string {
  if (isWithin(value, 1, tape.slots - 1)) return value;
  return `slot ${String(value)} is not one of 1 to ${tape.slots - 1} (0 is the control socket)`;
}

function encodeJump(value: unknown, { tape, index }: Place): number | string {
  if (isWithin(value, index + 1, tape.ops.length - 1)) return value;
  return `jumps to op ${String(value)}, not to a later one (${index + 1} to ${tape.ops.length - 1})`;
}

function encodeString(value: unknown, { arena }: Place): number | string {
  return stringFault(value) ?? arena.string(value as string);
}

function encodeStrings(value: unknown, { arena }: Place): number | string {
  if (!Array.isArray(value)) return `${typeof value} is no list of strings`;
  const fault = value.map(stringFault).find((each) => each !== undefined);
  return fault ?? arena.strings(value as string[]);
}

function encodeBytes(value: unknown, { arena }: Place): bigint | string {
  if (!(value instanceof Uint8Array)) return `${typeof value} is no byte array`;
  return BigInt(arena.bytes(value)) | (BigInt(value.length) << 32n);
}

function encodeInteger(value: unknown, bits: 32 | 64): number | bigint | string {
  if (isWithin(value, 0, bits === 32 ? NONE : Number.MAX_SAFE_INTEGER)) return value;
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const number = whole ? BigInt(value as bigint | number) : undefined;
  if (number === undefined || number < -(1n << BigInt(bits - 1)) || number >= 1n << BigInt(bits)) {
    return `${String(value)} is no ${bits}-bit whole number`;
  }
  return BigInt.asUintN(bits, number);
}

function stringFault(value: unknown): string | undefined {
  if (typeof value !== 'string') return `${typeof value} is no string`;
  return value.includes('\0') ? `${JSON.stringify(value)} has a NUL byte` : undefined;
}

function isWithin(value: unknown, low: number, high: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}
