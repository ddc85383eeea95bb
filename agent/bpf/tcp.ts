import type { SumSource } from './sum-source.js';

/** Words of struct tcp_counts. */
export const TCP_WORDS = ['connects', 'accepts', 'failures', 'retransmits', 'sentBytes', 'receivedBytes'] as const;

/** By the socket's v2 cgroup, else by its network namespace. */
export const TCP: SumSource = {
  name: 'TCP',
  object: 'tcp.bpf.o',
  map: 'tcp',
  space: 'sockets',
  keyBytes: 16,
  words: TCP_WORDS.length,
  label: () => '',
  network: (key) => key.readUInt32LE(8),
  help: 'connections, segments sent again and bytes of each container',
};
