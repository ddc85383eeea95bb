import { isEverything } from './devices.js';
import type { DeviceRule } from './limits.js';

/** BPF_DEVCG_ACC_* of linux/bpf.h. */
export const DEVICE_ACCESS = { m: 1, r: 2, w: 4 } as const;
/** BPF_DEVCG_DEV_* of linux/bpf.h. */
export const DEVICE_TYPE = { b: 1, c: 2 } as const;

/**
 * Compiles the OCI device list to a BPF_PROG_TYPE_CGROUP_DEVICE program: for each access wanted (mknod, read, write) the last rule that
 * matches decides, and all must be allowed. That is what v1's list does for every list v1 can hold, and what the order means
 * where v1 cannot. Without a rule for everything, what no rule matches is allowed, as in a new v1 cgroup.
 * Answers struct bpf_insn[], little-endian. Sources: linux/bpf.h, runtime-spec "Allowed Device list".
 */
export function compileDeviceProgram(rules: readonly DeviceRule[]): Uint8Array {
  const from = rules.findLastIndex(isEverything);
  const program: Instruction[] = [
    // r2 = type, r3 = accesses still to be decided, r4 = major, r5 = minor.
    load(2, 0),
    move(3, 2),
    alu(AND, 2, 0xffff),
    alu(RSH, 3, 16),
    load(4, 4),
    load(5, 8),
  ];
  for (const rule of rules.slice(from + 1).toReversed()) program.push(...ruleInstructions(rule));
  const byDefault = from < 0 || rules[from]?.allow === true;
  program.push(moveImmediate(0, byDefault ? 1 : 0), EXIT);
  return encode(program);
}

interface Instruction {
  code: number;
  dst: number;
  src: number;
  off: number;
  imm: number;
}

// linux/bpf_common.h and linux/bpf.h: class | operation | source.
const LDX_MEM_W = 0x61;
const ALU_K = 0x04;
const ALU_X = 0x0c;
const JMP_K = 0x05;
const AND = 0x50;
const RSH = 0x70;
const MOV = 0xb0;
const JNE = 0x50;
const JEQ = 0x10;
const EXIT: Instruction = { code: 0x95, dst: 0, src: 0, off: 0, imm: 0 };

/** Deny: any wanted access of the rule ends it with 0. Allow: those accesses are settled; when none is left, 1. */
function ruleInstructions(rule: DeviceRule): Instruction[] {
  const mask = accessMask(rule);
  const verdict = rule.allow
    ? [alu(AND, 3, 7 & ~mask), jump(JNE, 3, 0, 2), moveImmediate(0, 1), EXIT]
    : [move(1, 3), alu(AND, 1, mask), jump(JEQ, 1, 0, 2), moveImmediate(0, 0), EXIT];
  const tests: [number, number][] = [];
  if (rule.type !== 'a') tests.push([2, DEVICE_TYPE[rule.type]]);
  if (rule.major !== undefined) tests.push([4, rule.major]);
  if (rule.minor !== undefined) tests.push([5, rule.minor]);
  const matching = tests.map(([register, wanted], index) =>
    jump(JNE, register, wanted, tests.length - 1 - index + verdict.length),
  );
  return [...matching, ...verdict];
}

function accessMask(rule: DeviceRule): number {
  return (['m', 'r', 'w'] as const).reduce((mask, bit) => (rule.access.includes(bit) ? mask | DEVICE_ACCESS[bit] : mask), 0);
}

/** dst = *(u32 *)(r1 + off); r1 is struct bpf_cgroup_dev_ctx {access_type, major, minor}. */
function load(dst: number, off: number): Instruction {
  return { code: LDX_MEM_W, dst, src: 1, off, imm: 0 };
}

function move(dst: number, src: number): Instruction {
  return { code: ALU_X | MOV, dst, src, off: 0, imm: 0 };
}

function moveImmediate(dst: number, imm: number): Instruction {
  return { code: ALU_K | MOV, dst, src: 0, off: 0, imm };
}

function alu(operation: number, dst: number, imm: number): Instruction {
  return { code: ALU_K | operation, dst, src: 0, off: 0, imm };
}

function jump(operation: number, dst: number, imm: number, off: number): Instruction {
  return { code: JMP_K | operation, dst, src: 0, off, imm };
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, dst, src, off, imm }] of program.entries()) {
    bytes.writeUInt8(code, index * 8);
    bytes.writeUInt8((src << 4) | dst, index * 8 + 1);
    bytes.writeInt16LE(off, index * 8 + 2);
    bytes.writeInt32LE(imm | 0, index * 8 + 4);
  }
  return bytes;
}
