import { type RecordSource, text } from './trace-source.js';

const EVENTS = ['connect', 'connected', 'accept', 'close', 'retransmit', 'refused'] as const;
const AF_INET6 = 10;

/** struct tcp_event. */
export const TRACE_TCP: RecordSource = {
  kind: 'tcp',
  object: 'tcp.bpf.o',
  decode: (record) => {
    const event = EVENTS[record.readUInt32LE(32)];
    if (event === undefined) return undefined;
    const v6 = record.readUInt16LE(56) === AF_INET6;
    const pid = record.readUInt32LE(36);
    return {
      cgroups: [['sockets', record.readBigUInt64LE(0)]],
      network: record.readUInt32LE(8),
      event,
      attributes: {
        local: endpoint(record.subarray(64, 80), v6, record.readUInt16LE(58)),
        remote: endpoint(record.subarray(80, 96), v6, record.readUInt16BE(60)),
        ...(pid === 0 ? {} : { pid, comm: text(record, 40, 16) }),
        ...(event === 'close'
          ? { sentBytes: Number(record.readBigUInt64LE(16)), receivedBytes: Number(record.readBigUInt64LE(24)) }
          : {}),
      },
    };
  },
};

/** `10.0.0.1:80`, `[fe80::1]:80`. */
function endpoint(address: Buffer, v6: boolean, port: number): string {
  if (!v6) return `${address.subarray(0, 4).join('.')}:${port}`;
  const groups = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16));
  return `[${shortened(groups)}]:${port}`;
}

/** RFC 5952: the first of the longest runs of zeros, of two at least, is left out. */
function shortened(groups: readonly string[]): string {
  const runs = groups.map((_, at) => {
    const end = groups.findIndex((group, index) => index >= at && group !== '0');
    return (end === -1 ? groups.length : end) - at;
  });
  const longest = Math.max(...runs);
  if (longest < 2) return groups.join(':');
  const at = runs.indexOf(longest);
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + longest).join(':')}`;
}
