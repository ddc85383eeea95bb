import type { ArgCondition, FilterRule, Libseccomp } from '#native/libseccomp.js';
import { specInvalid } from './errors.js';
import type { OciSeccomp, OciSyscallArg, OciSyscallRule } from './oci.js';
import { SECCOMP_ACTIONS, SECCOMP_ARCHES, SECCOMP_OPERATORS } from './seccomp-words.js';

const ENOSYS = 38;
const EPERM = 1;
/** struct sock_filter instructions a kernel takes. */
const INSTRUCTIONS_MAX = 4096;

/**
 * Compiles profiles and keeps the programs: the default one takes libseccomp some milliseconds, and a node has a handful. A profile
 * is found again by identity first (one built once and used often), then by what it says.
 */
export class SeccompPrograms {
  readonly #library: Libseccomp;
  readonly #byIdentity = new WeakMap<OciSeccomp, Uint8Array>();
  readonly #byText = new Map<string, Uint8Array>();

  constructor(library: Libseccomp) {
    this.#library = library;
  }

  /** The BPF program (struct sock_filter array) of a validated linux.seccomp. Throws SPEC_INVALID when libseccomp refuses it. */
  program(profile: OciSeccomp): Uint8Array {
    const same = this.#byIdentity.get(profile);
    if (same !== undefined) return same;
    const text = JSON.stringify(profile);
    const program = this.#byText.get(text) ?? compileSeccomp(profile, this.#library);
    // A node has few profiles; one that makes up a new one for each container must not fill the memory.
    if (this.#byText.size >= PROGRAMS_MAX) this.#byText.delete(this.#byText.keys().next().value as string);
    this.#byText.set(text, program);
    this.#byIdentity.set(profile, program);
    return program;
  }
}

const PROGRAMS_MAX = 64;

/** One profile → its program. Names the installed libseccomp does not know are skipped, as Docker's runtimes do. */
export function compileSeccomp(profile: OciSeccomp, library: Libseccomp): Uint8Array {
  const arches = (profile.architectures ?? []).map((name) => SECCOMP_ARCHES[name] as number);
  const defaultAction = action(profile.defaultAction, profile.defaultErrnoRet);
  const rules = (profile.syscalls ?? []).flatMap(rulesOf);
  const filter = library.compile(defaultAction, arches, rules);
  const program = Buffer.concat([newerCallsStub(profile, arches, library), filter]);
  if (program.length / 8 > INSTRUCTIONS_MAX) {
    throw specInvalid(
      'linux.seccomp',
      `its program has ${program.length / 8} instructions, a kernel takes at most ${INSTRUCTIONS_MAX}`,
    );
  }
  return program;
}

function action(name: string, errno: number | undefined): number {
  const value = SECCOMP_ACTIONS[name] as number;
  // Only these carry a number; EPERM where the profile names none.
  return name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE' ? (value | (errno ?? EPERM)) >>> 0 : value;
}

/** Several conditions on one argument are alternatives, on different ones they must all hold: libseccomp takes one rule for each way. */
function rulesOf({ names, action: word, errnoRet, args = [] }: OciSyscallRule): FilterRule[] {
  const value = action(word, errnoRet);
  const indexes = new Set(args.map((arg) => arg.index));
  const ways = indexes.size === args.length ? [args.map(condition)] : args.map((arg) => [condition(arg)]);
  return names.flatMap((name) => ways.map((conditions) => ({ name, action: value, conditions })));
}

/** For a masked comparison `value` is the mask and `valueTwo` what must be left. */
function condition({ index, op, value, valueTwo = 0 }: OciSyscallArg): ArgCondition {
  return { index, operator: SECCOMP_OPERATORS[op] as number, datumA: u64(value), datumB: u64(valueTwo) };
}

const u64 = (value: number): bigint => (value >= 2 ** 64 ? 0xffffffffffffffffn : BigInt(value));

/**
 * Instructions put before a program whose default is an errno or death: calls newer than any the profile could have known answer
 * ENOSYS, so that a C library tries the older call instead of taking EPERM for an answer (runc issue 2151).
 */
function newerCallsStub(profile: OciSeccomp, arches: readonly number[], library: Libseccomp): Uint8Array {
  if (!/^SCMP_ACT_(ERRNO|KILL|KILL_THREAD|KILL_PROCESS)$/.test(profile.defaultAction)) return new Uint8Array();
  const names = [...new Set((profile.syscalls ?? []).flatMap((rule) => rule.names))];
  const code: Instruction[] = [];
  for (const arch of arches) {
    // x32 shares its audit architecture with x86-64 and is told apart by a bit in the number.
    if (arch === SECCOMP_ARCHES.SCMP_ARCH_X32) continue;
    const known = names.map((name) => library.syscallNumber(arch, name) ?? -1);
    const last = Math.max(...known);
    if (last < 0) continue;
    const x86 = arch === SECCOMP_ARCHES.SCMP_ARCH_X86_64;
    const body: Instruction[] = [
      [LD, 0, 0, OFFSET_NR],
      ...(x86 ? ([[JGE, 2, 0, X32_BIT]] satisfies Instruction[]) : []),
      [JGT, 0, 1, last],
      [RET, 0, 0, ((SECCOMP_ACTIONS.SCMP_ACT_ERRNO as number) | ENOSYS) >>> 0],
    ];
    code.push([LD, 0, 0, OFFSET_ARCH], [JEQ, 0, body.length, arch], ...body);
  }
  return assemble(code);
}

type Instruction = readonly [code: number, jt: number, jf: number, k: number];
const LD = 0x20;
const JEQ = 0x15;
const JGT = 0x25;
const JGE = 0x35;
const RET = 0x06;
const OFFSET_NR = 0;
const OFFSET_ARCH = 4;
const X32_BIT = 0x40000000;

function assemble(code: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(code.length * 8);
  code.forEach(([op, jt, jf, k], at) => {
    bytes.writeUInt16LE(op, at * 8);
    bytes.writeUInt8(jt, at * 8 + 2);
    bytes.writeUInt8(jf, at * 8 + 3);
    bytes.writeUInt32LE(k, at * 8 + 4);
  });
  return bytes;
}
