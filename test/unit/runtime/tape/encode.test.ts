import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeTape } from '#runtime/tape/encode.js';
import { type ArgKind, OPS, type Tape, type TapeOp } from '#runtime/tape/ops.js';
import { TapeError } from '#runtime/tape/tape-error.js';
import { decodeTape } from '#test/support/decode-tape.js';
import { type Step, straight } from '#test/support/play-tape.js';
import { anyTape, everyOpTape } from '#test/support/tape-arbitrary.js';

const FINISH: Step = { op: 'finish' };
const EXEC: Step = { op: 'exec', argv: ['a'], envp: [] };

test('what is packed reads back the same, for any ops and arguments', () => {
  fc.assert(
    fc.property(anyTape(), (tape) => {
      const read = decodeTape(encodeTape(tape));
      assert.deepEqual(read.ops, tape.ops.map(asDecoded));
      assert.deepEqual([read.magic, read.version, read.reserved], ['TSGT', 1, 0n]);
      assert.deepEqual([read.slots, read.inherited], [tape.slots, tape.inherited]);
    }),
  );
});

test('every op of the table can be packed', () => {
  const tape = everyOpTape(1);
  assert.deepEqual(new Set(tape.ops.map(({ op }) => op)), new Set(Object.keys(OPS)));
  assert.deepEqual(decodeTape(encodeTape(tape)).ops, tape.ops.map(asDecoded));
});

test('the bytes are the ones of docs/architecture.md', () => {
  const op: Step = {
    op: 'open',
    dir: undefined,
    path: 'ab',
    flags: 5,
    mode: 6,
    resolve: 7,
    out: 3,
    tolerate: ['ENOENT', 'EPERM'],
  };
  const bytes = encodeTape({
    ops: [
      { origin: 'a', ...op },
      { origin: 'b', ...FINISH },
    ] as TapeOp[],
    slots: 4,
    inherited: 1,
  });
  assert.equal(bytes.toString('latin1', 0, 4), 'TSGT');
  assert.deepEqual(words(bytes, 4, 7), [1, 2, 4, 1, 4, 0, 0]);
  assert.deepEqual([...bytes.subarray(32, 40)], [1, 0, 2, 0, 1, 0, 0, 0]);
  assert.deepEqual(words(bytes, 40, 14), [0xffffffff, 0, 0, 0, 5, 0, 6, 0, 7, 0, 3, 0, 0, 0]);
  assert.deepEqual([...bytes.subarray(96, 98)], [41, 0]);
  assert.deepEqual([...bytes.subarray(160)], [97, 98, 0, 0]);
});

test('equal strings are stored once and lists of them are aligned', () => {
  const long = 'x'.repeat(1001);
  const one = encodeTape(straight([{ op: 'exec', argv: [long], envp: [] }]));
  const many = encodeTape(straight([{ op: 'exec', argv: [long, long, long], envp: [long] }]));
  assert.ok(many.length - one.length < 32, `${many.length - one.length} bytes for three more references`);
  assert.equal(Number(many.readBigUInt64LE(40)) % 4, 0);
  assert.equal(Number(many.readBigUInt64LE(48)) % 4, 0);
});

test('-1 and all-ones are the same word', () => {
  const owner = (id: number): Tape => straight([{ op: 'setOwner', fd: 1, mode: 0, uid: id, gid: 0 }, FINISH]);
  assert.deepEqual(encodeTape(owner(-1)), encodeTape(owner(0xffffffff)));
  const limit = (value: bigint | number): Tape => straight([{ op: 'rlimit', resource: 0, soft: value, hard: value }, FINISH]);
  assert.deepEqual(encodeTape(limit(-1)), encodeTape(limit((1n << 64n) - 1n)));
});

const clone = (parent: number): Step => ({ op: 'clone', flags: 0, cgroup: undefined, parent });
const write = (change: object): Step => ({
  op: 'writeFile',
  dir: undefined,
  path: 'p',
  resolve: 0,
  data: Buffer.from('d'),
  ...change,
});
const many = (count: number): Step[] => Array.from({ length: count }, () => FINISH);

/** name → ops, message, and where: [op index, argument]. */
const REFUSED: Record<string, [Tape, RegExp, [number, string]?]> = {
  'no ops': [straight([]), /0 ops, want 1 to 4096/],
  'too many ops': [straight(many(4097)), /4097 ops/],
  'too many slots': [{ ...straight([FINISH]), slots: 256 }, /256 slots, want 1 to 255/],
  'no slots': [{ ...straight([FINISH]), slots: 0 }, /0 slots/],
  'more inherited than slots': [{ ...straight([FINISH]), slots: 2, inherited: 2 }, /2 inherited fds, want 0 to 1/],
  'a tape that does not end': [straight([FINISH, { op: 'setsid' }]), /last op must be exec or finish/, [1, '']],
  'two forks': [straight([clone(2), EXEC, clone(4), EXEC, FINISH]), /a tape forks once/, [2, '']],
  'a child that runs into its parent': [straight([clone(2), { op: 'setsid' }, FINISH]), /end the child's half/, [0, 'parent']],
  'a jump back': [straight([FINISH, clone(0), FINISH]), /jumps to op 0, not to a later one \(2 to 2\)/, [1, 'parent']],
  'a jump to itself': [straight([clone(0), FINISH]), /not to a later one/, [0, 'parent']],
  'a jump past the end': [straight([clone(2), FINISH]), /not to a later one/, [0, 'parent']],
  'the control socket as a slot': [straight([{ op: 'close', fd: 0 }, FINISH]), /slot 0 is not one of 1 to 63/, [0, 'fd']],
  'a slot out of range': [straight([{ op: 'close', fd: 64 }, FINISH]), /slot 64 is not one of/, [0, 'fd']],
  'a slot that is no number': [straight([{ op: 'close', fd: 1.5 }, FINISH]), /slot 1.5/, [0, 'fd']],
  'both ends of a pipe in one slot': [straight([{ op: 'pipe', read: 1, write: 1 }, FINISH]), /holds the read end/, [0, 'write']],
  'a string with NUL': [straight([write({ path: 'a\0b' }), FINISH]), /"a\\u0000b" has a NUL byte/, [0, 'path']],
  'a missing string': [straight([write({ path: undefined }), FINISH]), /undefined is no string/, [0, 'path']],
  'bytes that are none': [straight([write({ data: 'text' }), FINISH]), /string is no byte array/, [0, 'data']],
  'NUL in an environment': [straight([{ op: 'exec', argv: ['a'], envp: ['A=\0'] }]), /NUL byte/, [0, 'envp']],
  'no program': [straight([{ op: 'exec', argv: [], envp: [] }]), /must at least name the program/, [0, 'argv']],
  'a u32 too large': [straight([write({ resolve: 2 ** 32 }), FINISH]), /4294967296 is no 32-bit whole number/, [0, 'resolve']],
  'a u32 that is no number': [straight([write({ resolve: Number.NaN }), FINISH]), /NaN is no 32-bit/, [0, 'resolve']],
  'a u64 too large': [straight([{ op: 'unshare', flags: 1n << 64n }, FINISH]), /no 64-bit whole number/, [0, 'flags']],
  'an unknown errno': [straight([write({ tolerate: ['ENOSUCH'] }), FINISH]), /unknown errno ENOSUCH/, [0, 'tolerate']],
  'an errno named like a property': [straight([write({ tolerate: ['toString'] }), FINISH]), /unknown errno/, [0, 'tolerate']],
  'four errnos': [
    straight([write({ tolerate: ['EPERM', 'EIO', 'EACCES', 'ENOENT'] }), FINISH]),
    /at most 3 fit/,
    [0, 'tolerate'],
  ],
  'too much data': [straight([write({ data: Buffer.alloc(4 << 20) }), FINISH]), /at most 4194304 fit/],
};

for (const [name, [tape, message, where]] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => encodeTape(tape),
      (error) => {
        assert.ok(error instanceof TapeError, String(error));
        assert.equal(error.code, 'TAPE_INVALID');
        assert.match(error.message, message);
        assert.deepEqual([error.opIndex, error.arg ?? ''], where ?? [undefined, '']);
        assert.equal(error.origin, where && `test/${where[0]}`);
        if (where) assert.match(error.message, new RegExp(`op ${where[0]} .*\\(test/${where[0]}\\)`));
        return true;
      },
    );
  });
}

function asDecoded(op: TapeOp): unknown {
  const args = Object.entries(OPS[op.op].args as Record<string, ArgKind>).map(([name, kind]) => {
    const value = (op as unknown as Record<string, unknown>)[name];
    if (kind === 'u64') return [name, BigInt(value as bigint | number)];
    return [name, kind === 'bytes' ? [...(value as Uint8Array)] : value];
  });
  return { op: op.op, tolerate: op.tolerate ?? [], args: Object.fromEntries(args) };
}

function words(bytes: Buffer, offset: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => bytes.readUInt32LE(offset + index * 4));
}
