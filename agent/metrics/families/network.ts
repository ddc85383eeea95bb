import { label } from '#agent/metrics/exposition.js';
import { type Family, family } from './family.js';

const COUNTERS = [
  ['container_network_receive_bytes_total', 'Bytes received.', 'receiveBytes'],
  ['container_network_receive_packets_total', 'Packets received.', 'receivePackets'],
  ['container_network_receive_packets_dropped_total', 'Packets received and dropped.', 'receiveDropped'],
  ['container_network_receive_errors_total', 'Errors in receiving.', 'receiveErrors'],
  ['container_network_transmit_bytes_total', 'Bytes sent.', 'transmitBytes'],
  ['container_network_transmit_packets_total', 'Packets sent.', 'transmitPackets'],
  ['container_network_transmit_packets_dropped_total', 'Packets to send that were dropped.', 'transmitDropped'],
  ['container_network_transmit_errors_total', 'Errors in sending.', 'transmitErrors'],
] as const;

/** Of a network namespace of its own; what one in the node's does is not told apart there. */
export const NETWORK: readonly Family[] = COUNTERS.map(([name, help, key]) =>
  family({ name, type: 'counter', help, source: '/proc/PID/net/dev of its first process' }, ['interface'], (s, emit) => {
    for (const counters of s.network) emit(counters[key], label('interface', counters.interface));
  }),
);
