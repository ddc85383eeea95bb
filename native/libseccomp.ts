import { closeSync, fstatSync, readSync } from 'node:fs';
import { TsgovError } from './tsgov-error.js';

const LIBRARY = 'libseccomp.so.2';

/** enum scmp_filter_attr. */
const SCMP_FLTATR_CTL_OPTIMIZE = 8;
/** What seccomp_syscall_resolve_name answers for a name it does not know. */
const NR_SCMP_ERROR = -1;
/** SCMP_ARCH_NATIVE. */
const NATIVE_ARCH = 0;

/** One condition on an argument, in libseccomp's numbers (struct scmp_arg_cmp). */
export interface ArgCondition {
  index: number;
  operator: number;
  datumA: bigint;
  datumB: bigint;
}

/** A rule in libseccomp's numbers: `action` with its errno in the low bits. */
export interface FilterRule {
  name: string;
  action: number;
  conditions: readonly ArgCondition[];
}

/** libseccomp refused a filter, or is not there. */
export class SeccompError extends TsgovError<'UNSUPPORTED' | 'SPEC_INVALID'> {}

/** Filters through the host's libseccomp. Loaded once, by whoever holds it. Source: seccomp_init(3) and its neighbours. */
export interface Libseccomp {
  /** e.g. `2.5.4` */
  readonly version: string;
  /** The number of a call in an architecture's own table, undefined when the library does not know it or the architecture lacks it. */
  syscallNumber(arch: number, name: string): number | undefined;
  /** The name of a call of the native architecture; undefined: the library does not know its number. */
  syscallName(number: number): string | undefined;
  /** A program for the native architecture (always in it) and `arches`. Rules for names the library does not know are skipped. */
  compile(defaultAction: number, arches: readonly number[], rules: readonly FilterRule[]): Uint8Array;
}

/** Loads libseccomp.so.2. Throws UNSUPPORTED when the host has none. */
export async function loadLibseccomp(): Promise<Libseccomp> {
  const { default: koffi } = await import('koffi');
  let lib: ReturnType<typeof koffi.load>;
  try {
    lib = koffi.load(LIBRARY);
  } catch (cause) {
    const message = `seccomp profiles need ${LIBRARY}: install the package libseccomp2, or run with --security-opt seccomp=unconfined`;
    throw new SeccompError('UNSUPPORTED', message, { cause });
  }
  const libc = koffi.load(null);
  const calls = {
    init: lib.func('void *seccomp_init(uint32_t action)'),
    release: lib.func('void seccomp_release(void *ctx)'),
    attrSet: lib.func('int seccomp_attr_set(void *ctx, int attr, uint32_t value)'),
    archAdd: lib.func('int seccomp_arch_add(void *ctx, uint32_t arch)'),
    resolve: lib.func('int seccomp_syscall_resolve_name(const char *name)'),
    resolveArch: lib.func('int seccomp_syscall_resolve_name_arch(uint32_t arch, const char *name)'),
    resolveNumber: lib.func('void *seccomp_syscall_resolve_num_arch(uint32_t arch, int number)'),
    ruleAdd: lib.func(
      'int seccomp_rule_add_array(void *ctx, uint32_t action, int syscall, uint32_t count, const void *conditions)',
    ),
    exportBpf: lib.func('int seccomp_export_bpf(void *ctx, int fd)'),
    version: lib.func('const uint32_t *seccomp_version()'),
    memfd: libc.func('int memfd_create(const char *name, unsigned int flags)'),
  };
  const free = libc.func('void free(void *pointer)');
  const version = koffi.decode(calls.version(), koffi.array('uint32_t', 3)) as ArrayLike<number>;
  return {
    version: Array.from(version).join('.'),
    syscallNumber(arch, name) {
      const number = calls.resolveArch(arch, name) as number;
      return number < 0 ? undefined : number;
    },
    syscallName(number) {
      const name = calls.resolveNumber(NATIVE_ARCH, number) as unknown;
      if (name === null) return undefined;
      const text = koffi.decode(name, 'char', -1) as string;
      free(name);
      return text;
    },
    compile: (defaultAction, arches, rules) => compile(calls, defaultAction, arches, rules),
  };
}

type Calls = Record<string, (...args: unknown[]) => unknown>;

/** Not an error: the architecture is in the filter already, or a rule says what the default or a rule before says. */
const EEXIST = -17;
const EACCES = -13;

function compile(calls: Calls, defaultAction: number, arches: readonly number[], rules: readonly FilterRule[]): Uint8Array {
  const call = (name: string, ...args: unknown[]): number => (calls[name] as (...args: unknown[]) => number)(...args);
  const checked = (result: number, what: string, fine: readonly number[] = []): void => {
    if (result < 0 && !fine.includes(result))
      throw new SeccompError('SPEC_INVALID', `linux.seccomp: ${what}: libseccomp answers ${result}`);
  };
  const context = calls.init?.(defaultAction);
  if (context == null)
    throw new SeccompError('SPEC_INVALID', `linux.seccomp: the default action 0x${defaultAction.toString(16)} is refused`);
  try {
    for (const arch of arches) checked(call('archAdd', context, arch), `architecture 0x${arch.toString(16)}`, [EEXIST]);
    // A binary tree instead of a list; libseccomp before 2.5 has none and is right without.
    call('attrSet', context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (const { name, action, conditions } of rules) {
      const number = call('resolve', name);
      if (number === NR_SCMP_ERROR || action === defaultAction) continue;
      checked(call('ruleAdd', context, action, number, conditions.length, conditionArray(conditions)), name, [EEXIST, EACCES]);
    }
    return exported(calls, context);
  } finally {
    call('release', context);
  }
}

/** struct scmp_arg_cmp: u32 arg, enum op, u64 datum_a, u64 datum_b. */
function conditionArray(conditions: readonly ArgCondition[]): Buffer {
  const bytes = Buffer.alloc(Math.max(24, conditions.length * 24));
  conditions.forEach(({ index, operator, datumA, datumB }, at) => {
    bytes.writeUInt32LE(index, at * 24);
    bytes.writeUInt32LE(operator, at * 24 + 4);
    bytes.writeBigUInt64LE(datumA, at * 24 + 8);
    bytes.writeBigUInt64LE(datumB, at * 24 + 16);
  });
  return bytes;
}

function exported(calls: Calls, context: unknown): Uint8Array {
  const fd = calls.memfd?.('seccomp', 1) as number;
  if (fd < 0) throw new SeccompError('UNSUPPORTED', 'memfd_create for a seccomp program failed');
  try {
    const result = calls.exportBpf?.(context, fd) as number;
    if (result < 0)
      throw new SeccompError('SPEC_INVALID', `linux.seccomp: no program can be made of it: libseccomp answers ${result}`);
    const program = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, program, 0, program.length, 0);
    return new Uint8Array(program);
  } finally {
    closeSync(fd);
  }
}
