import fc from 'fast-check';
import { type ArgKind, OPS, type OpName, type Tape, type TapeOp } from '#runtime/tape/ops.js';

const SLOTS = 64;
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
const slot = fc.integer({ min: 1, max: SLOTS / 2 - 1 });
const KIND: Record<Exclude<ArgKind, 'op'>, fc.Arbitrary<unknown>> = {
  slot,
  'slot?': fc.option(slot, { nil: undefined }),
  out: fc.integer({ min: SLOTS / 2, max: SLOTS - 1 }),
  str: text,
  'str?': fc.option(text, { nil: undefined }),
  bytes: fc.uint8Array({ maxLength: 20 }),
  strv: fc.array(text, { minLength: 1, maxLength: 4 }),
  u32: fc.nat(0xffffffff),
  u64: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
};

/** Valid tapes of any ops with any arguments, half of them with a fork; for packing, not for playing. */
export function anyTape(): fc.Arbitrary<Tape> {
  const straight = fc.array(anyOp(), { maxLength: 12 }).map((ops) => [...ops, FINISH]);
  const forked = fc
    .tuple(straight, straight)
    .map(([child, parent]): TapeOp[] => [
      { op: 'clone', origin: 'clone', flags: 0, cgroup: undefined, parent: child.length + 1 },
      ...child,
      ...parent,
    ]);
  return fc.oneof(straight, forked).map((ops) => ({ ops, slots: SLOTS, inherited: 2 }));
}

/**
 * A tape with every op of the table, in its order, arguments drawn from `seed`. It plays through where the lower half of the slots
 * is filled and every op succeeds: each `out` has a slot of its own.
 */
export function everyOpTape(seed: number): Tape {
  const names = (Object.keys(OPS) as OpName[]).filter((name) => name !== 'clone');
  let next = SLOTS / 2;
  const ops = fc.sample(fc.tuple(...names.map(opOf)), { numRuns: 1, seed })[0]!.map((op) => {
    const outs = Object.entries(OPS[op.op].args).filter(([, kind]) => kind === 'out');
    return { ...op, ...Object.fromEntries(outs.map(([arg]) => [arg, next++])) } as TapeOp;
  });
  const clone: TapeOp = { op: 'clone', origin: 'clone', flags: 0, cgroup: undefined, parent: ops.length + 2 };
  return { ops: [clone, ...ops, FINISH, ...ops, FINISH], slots: SLOTS, inherited: 2 };
}

const FINISH: TapeOp = { op: 'finish', origin: 'finish' };

function anyOp(): fc.Arbitrary<TapeOp> {
  const names = (Object.keys(OPS) as OpName[]).filter((name) => name !== 'clone');
  return fc.oneof(...names.map(opOf));
}

function opOf(name: OpName): fc.Arbitrary<TapeOp> {
  const args = Object.entries(OPS[name].args as Record<string, Exclude<ArgKind, 'op'>>);
  const tolerate = fc.subarray(['EPERM', 'ENOENT', 'EINVAL', 'EROFS'], { maxLength: 3 });
  return fc
    .record({ tolerate, ...Object.fromEntries(args.map(([arg, kind]) => [arg, KIND[kind]])) })
    .filter((op) => name !== 'pipe' || (op as { read?: unknown }).read !== (op as { write?: unknown }).write)
    .map((op) => ({ op: name, origin: name, ...op }) as unknown as TapeOp);
}
