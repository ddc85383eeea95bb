import type { SocketProtocol, SocketView } from '#agent/contract/processes.js';
import { parseAddress } from './address.js';

/** A socket before it is known which processes have it. */
export type FoundSocket = Omit<SocketView, 'processes' | 'network'>;

/** include/net/tcp_states.h, by number. */
const TCP_STATES = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'SYN_RECV',
];

/** Sockets of `/proc/PID/net/{tcp,tcp6,udp,udp6}`. Source: proc_pid_net(5). */
export function parseInetSockets(protocol: Exclude<SocketProtocol, 'unix'>, text: string): FoundSocket[] {
  const udp = protocol.startsWith('udp');
  return text
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line): FoundSocket => {
      // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
      const [, local = '', remote = '', state = '', queues = '', , , uid, , inode] = line.trim().split(/\s+/);
      const [send = '0', receive = '0'] = queues.split(':');
      const from = parseAddress(local);
      const to = parseAddress(remote);
      const name = TCP_STATES[Number.parseInt(state, 16)] ?? state;
      return {
        protocol,
        state: udp && name === 'CLOSE' ? 'UNCONNECTED' : name,
        type: udp ? 'dgram' : 'stream',
        localAddress: from.address,
        localPort: from.port,
        remoteAddress: to.address,
        remotePort: to.port,
        path: null,
        receiveQueueBytes: Number.parseInt(receive, 16),
        sendQueueBytes: Number.parseInt(send, 16),
        user: Number(uid),
        inode: Number(inode),
      };
    });
}
