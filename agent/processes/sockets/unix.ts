import type { FoundSocket } from './inet.js';

const TYPES = new Map<string | undefined, FoundSocket['type']>([
  ['0001', 'stream'],
  ['0002', 'dgram'],
  ['0005', 'seqpacket'],
]);
/** include/uapi/linux/net.h: socket_state, and __SO_ACCEPTCON of the flags. */
const STATES = new Map([
  ['01', 'UNCONNECTED'],
  ['02', 'CONNECTING'],
  ['03', 'ESTABLISHED'],
  ['04', 'DISCONNECTING'],
]);
const LISTENING = 0x10000;

/** Sockets of `/proc/PID/net/unix`. The path is the rest of the line and may hold blanks. Source: proc_pid_net(5), unix(7). */
export function parseUnixSockets(text: string): FoundSocket[] {
  const sockets: FoundSocket[] = [];
  for (const line of text.split('\n').slice(1)) {
    // Num RefCount Protocol Flags Type St Inode Path
    const match = /^\S+: \S+ \S+ (\S+) (\S+) (\S+) +(\d+)(?: (.*))?$/s.exec(line);
    const type = TYPES.get(match?.[2]);
    if (match === null || type === undefined) continue;
    const [, flags = '0', , state = '', inode, path] = match;
    sockets.push({
      protocol: 'unix',
      state: (Number.parseInt(flags, 16) & LISTENING) !== 0 ? 'LISTEN' : (STATES.get(state) ?? state),
      type,
      localAddress: null,
      localPort: null,
      remoteAddress: null,
      remotePort: null,
      path: path === undefined || path === '' ? null : path,
      receiveQueueBytes: null,
      sendQueueBytes: null,
      user: null,
      inode: Number(inode),
    });
  }
  return sockets;
}
