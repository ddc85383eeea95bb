/**
 * An address of `/proc/net/tcp`: 32-bit words in the byte order of the machine (little-endian on all that Node runs on, but s390x) and
 * the port in hexadecimal, `0100007F:1F90`. IPv6 is written as RFC 5952 wants it. Source: proc_pid_net(5).
 */
export function parseAddress(text: string): { address: string; port: number } {
  const [hex = '', port = '0'] = text.split(':');
  const bytes = Buffer.from(hex, 'hex');
  if (LITTLE_ENDIAN) bytes.swap32();
  return { address: bytes.length === 4 ? bytes.join('.') : ipv6(bytes), port: Number.parseInt(port, 16) };
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const V4_MAPPED = /^0{20}ffff/;

function ipv6(bytes: Buffer): string {
  if (V4_MAPPED.test(bytes.toString('hex'))) return `::ffff:${bytes.subarray(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  // The longest run of zero groups, of at least two, the first of equals.
  const text = groups.join(':');
  let longest = '';
  for (const [run] of text.matchAll(/\b0(?::0)+\b/g)) if (run.length > longest.length) longest = run;
  if (longest === '') return text;
  return text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::');
}
