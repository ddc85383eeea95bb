import { writeSync } from 'node:fs';
import { Fd } from './fd.js';
import { errnoNumber } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';

const MFD_CLOEXEC = 0x1;
const MFD_ALLOW_SEALING = 0x2;
const MFD_NOEXEC_SEAL = 0x8;
const MFD_EXEC = 0x10;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE: nobody who gets the file can change it any more. */
const SEALS = 0x1 | 0x2 | 0x4 | 0x8;

export interface MemfdOptions {
  /** May be executed (a program's copy, CVE-2019-5736). Default: not, where the kernel can say so. */
  executable?: boolean;
}

/**
 * An anonymous file with these contents, sealed for ever, its offset at the start of the file. Errors: those of createMemfd and fillMemfd.
 */
export function createSealedMemfd(syscalls: Syscalls, name: string, contents: Uint8Array, options: MemfdOptions = {}): Fd {
  const fd = createMemfd(syscalls, name, options);
  try {
    fillMemfd(syscalls, fd, contents);
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** An empty anonymous file, for fillMemfd. Source: memfd_create(2). Errors: KernelError of memfd_create. */
export function createMemfd(syscalls: Syscalls, name: string, options: MemfdOptions = {}): Fd {
  return new Fd(create(syscalls, name, options.executable === true), `memfd ${name}`);
}

/**
 * Writes the contents of an empty memfd and seals it for ever. Source: fcntl(2) "File Sealing". Errors: KernelError of fcntl; those of
 * write(2) as Node's SystemError.
 */
export function fillMemfd(syscalls: Syscalls, fd: Fd, contents: Uint8Array): void {
  for (let at = 0; at < contents.length; ) at += writeSync(fd.number, contents, at, contents.length - at, at);
  checked(syscalls.fcntl(fd.number, F_ADD_SEALS, SEALS), { syscall: 'fcntl F_ADD_SEALS', target: fd.what });
}

/** MFD_EXEC and MFD_NOEXEC_SEAL exist from Linux 6.3 on; older kernels say EINVAL, and every memfd can be executed there. */
function create(syscalls: Syscalls, name: string, executable: boolean): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const result = syscalls.memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));
  const old = result === -errnoNumber('EINVAL');
  return checked(old ? syscalls.memfd_create(name, flags) : result, { syscall: 'memfd_create', target: name });
}
