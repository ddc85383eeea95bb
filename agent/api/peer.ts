import type { Socket } from 'node:net';
import type { Syscalls } from '#native/libc.js';
import { type PeerCredentials, peerCredentials } from '#native/peer-credentials.js';

/** Tells who is at the other end of a connection to a UNIX socket; asked once each. Undefined when it is closed already. */
export function peerReader(syscalls: Syscalls): (socket: Socket) => PeerCredentials | undefined {
  const known = new WeakMap<Socket, PeerCredentials>();
  return (socket) => {
    const before = known.get(socket);
    if (before !== undefined) return before;
    // Node shows a connection's descriptor nowhere else.
    const fd = (socket as unknown as { _handle?: { fd?: number } | null })._handle?.fd;
    if (fd === undefined || fd < 0) return undefined;
    const peer = peerCredentials(syscalls, fd);
    known.set(socket, peer);
    return peer;
  };
}
