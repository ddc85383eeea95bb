import { closeSync, constants, openSync } from 'node:fs';
import { loadAttempts } from './bpf-load-attempts.js';
import { KernelError } from './kernel-error.js';

/** Puts BPF_PROG_TYPE_CGROUP_DEVICE programs on v2 cgroups. */
export interface DevicePrograms {
  /**
   * Loads the instructions (struct bpf_insn[]) and attaches them to the cgroup directory beside what is there already; every program must
   * allow an access. The kernel detaches it when the cgroup is removed. Throws KernelError. Source: bpf(2), linux/bpf.h.
   */
  attach(cgroupDir: string, instructions: Uint8Array): void;
}

const BPF_NUMBER: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };
const BPF_PROG_LOAD = 5;
const BPF_PROG_ATTACH = 8;
const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
const BPF_CGROUP_DEVICE = 6;
const BPF_F_ALLOW_MULTI = 2;

/** Loads koffi and binds bpf(2); `undefined` on an architecture whose syscall number is not known here. */
export async function loadDevicePrograms(): Promise<DevicePrograms | undefined> {
  const number = BPF_NUMBER[process.arch];
  if (number === undefined) return undefined;
  const { default: koffi } = await import('koffi');
  // The head of union bpf_attr for each command; the kernel takes a shorter one as if the rest were zero.
  const load = koffi.struct({
    prog_type: 'uint32_t',
    insn_cnt: 'uint32_t',
    insns: 'uint8_t *',
    license: 'const char *',
    log_level: 'uint32_t',
    log_size: 'uint32_t',
    log_buf: 'void *',
    kern_version: 'uint32_t',
    prog_flags: 'uint32_t',
  });
  const attach = koffi.struct({
    target_fd: 'uint32_t',
    attach_bpf_fd: 'uint32_t',
    attach_type: 'uint32_t',
    attach_flags: 'uint32_t',
  });
  const libc = koffi.load(null);
  const bpfLoad = libc.func('syscall', 'long', ['long', 'int', koffi.pointer(load), 'unsigned int']);
  const bpfAttach = libc.func('syscall', 'long', ['long', 'int', koffi.pointer(attach), 'unsigned int']);
  const check = (result: number, target: string, meaning: string): number => {
    if (result >= 0) return result;
    throw new KernelError({ syscall: 'bpf', target, errno: koffi.errno(), meaning });
  };

  return {
    attach(cgroupDir, instructions) {
      const program = {
        prog_type: BPF_PROG_TYPE_CGROUP_DEVICE,
        insn_cnt: instructions.length / 8,
        insns: instructions,
        license: 'Apache-2.0',
        log_level: 0,
        log_size: 0,
        log_buf: null,
        kern_version: 0,
        prog_flags: 0,
      };
      const programFd = check(
        loadAttempts(() => bpfLoad(number, BPF_PROG_LOAD, program, koffi.sizeof(load)), koffi.errno),
        'device program',
        'loading it needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, and CONFIG_CGROUP_BPF',
      );
      try {
        const dirFd = openSync(cgroupDir, constants.O_RDONLY | constants.O_DIRECTORY);
        try {
          const request = {
            target_fd: dirFd,
            attach_bpf_fd: programFd,
            attach_type: BPF_CGROUP_DEVICE,
            attach_flags: BPF_F_ALLOW_MULTI,
          };
          check(
            bpfAttach(number, BPF_PROG_ATTACH, request, koffi.sizeof(attach)),
            cgroupDir,
            'a parent cgroup has a program that allows none beside it',
          );
        } finally {
          closeSync(dirFd);
        }
      } finally {
        closeSync(programFd);
      }
    },
  };
}
