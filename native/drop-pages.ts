import { checked, type Syscalls } from './libc.js';

const MADV_DONTNEED = 4;

/** Of this process's memory, whole pages. */
export interface AddressRange {
  address: number;
  lengthBytes: number;
}

/**
 * Takes these pages out of this process's memory. Of a file's that nobody wrote to nothing is lost: they come again from the page cache
 * when they are touched. **Of all others the contents are gone.** Source: madvise(2), MADV_DONTNEED. Errors: KernelError of madvise.
 */
export function dropPages(syscalls: Syscalls, { address, lengthBytes }: AddressRange): void {
  const target = `${lengthBytes} bytes at 0x${address.toString(16)}`;
  checked(syscalls.madvise(address, lengthBytes, MADV_DONTNEED), { syscall: 'madvise MADV_DONTNEED', target });
}
