import { checked, type Syscalls } from './libc.js';

export interface PeerCredentials {
  pid: number;
  uid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;

/** Who connected to a UNIX socket, as they were then: the process may be gone. Source: unix(7). */
export function peerCredentials(syscalls: Syscalls, fd: number): PeerCredentials {
  const credentials = Buffer.alloc(UCRED_BYTES);
  const length = new Uint32Array([UCRED_BYTES]);
  checked(syscalls.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length), {
    syscall: 'getsockopt',
    target: `SO_PEERCRED of fd ${fd}`,
  });
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4) };
}
