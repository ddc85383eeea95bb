import { Fd } from './fd.js';
import { errnoName, errnoNumber } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;

/**
 * Whether an overlay over `lower` can be made with these upper and work directories: undefined, or the errno's name (`EINVAL` when
 * the file system cannot carry an upper, e.g. an overlay). The superblock is made but never mounted, so nothing is left but an empty
 * `work/work`. Source: fsopen(2), fsconfig(2), Documentation/filesystems/overlayfs.rst. Errors: KernelError of fsopen; ENODEV reads
 * as a refusal too (no overlay in this kernel).
 */
export function overlayRefusal(syscalls: Syscalls, lower: string, upper: string, work: string): string | undefined {
  const context = syscalls.fsopen('overlay', FSOPEN_CLOEXEC);
  if (context === -errnoNumber('ENODEV')) return 'ENODEV';
  using fd = new Fd(checked(context, { syscall: 'fsopen', target: 'overlay' }), 'overlay context');
  for (const [key, value] of Object.entries({ lowerdir: lower, upperdir: upper, workdir: work })) {
    const result = syscalls.fsconfig(fd.number, FSCONFIG_SET_STRING, key, value, 0);
    if (result < 0) return errnoName(-result);
  }
  const result = syscalls.fsconfig(fd.number, FSCONFIG_CMD_CREATE, null, null, 0);
  return result < 0 ? errnoName(-result) : undefined;
}
