import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { test } from 'node:test';
import { parseAddress } from '#agent/processes/sockets/address.js';
import { parseInetSockets } from '#agent/processes/sockets/inet.js';
import { parseUnixSockets } from '#agent/processes/sockets/unix.js';

const LITTLE = endianness() === 'LE' ? {} : { skip: 'the text is that of a little-endian machine' };

for (const [text, address, port] of [
  ['0100007F:1F90', '127.0.0.1', 8080],
  ['00000000:0000', '0.0.0.0', 0],
  ['00000000000000000000000000000000:0016', '::', 22],
  ['00000000000000000000000001000000:0050', '::1', 80],
  ['0000000000000000FFFF00000100007F:0050', '::ffff:127.0.0.1', 80],
  ['B80D0120000000000000000001000000:0050', '2001:db8::1', 80],
  ['B80D0120010000000000000001000000:0050', '2001:db8:0:1::1', 80],
  ['000080FE000000000000000000000000:0050', 'fe80::', 80],
  ['B80D0120020001000400030006000500:0050', '2001:db8:1:2:3:4:5:6', 80],
  ['B80D0120000001000000030006000500:0050', '2001:db8:1:0:3:0:5:6', 80],
] as const)
  test(`an address of /proc/net: ${text}`, LITTLE, () => {
    assert.deepEqual(parseAddress(text), { address, port });
  });

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F41 00000000:0000 0A 00000000:00000001 00:00000000 00000000  1000        0 24680 1 ffff 100 0 0 10 0
   1: 0100007F:1F41 0100007F:A0B0 01 00000010:00000020 00:00000000 00000000     0        0 24681 1 ffff 20 4 30 10 -1
   2: 0100007F:A0B2 0100007F:1F41 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 ffff
`;

test('TCP: states, queues, who made it; one in TIME_WAIT has no inode', LITTLE, () => {
  const sockets = parseInetSockets('tcp', TCP);
  assert.deepEqual(
    sockets.map(({ state, localPort, remotePort, receiveQueueBytes, sendQueueBytes, user, inode }) => [
      state,
      localPort,
      remotePort,
      receiveQueueBytes,
      sendQueueBytes,
      user,
      inode,
    ]),
    [
      ['LISTEN', 8001, 0, 1, 0, 1000, 24680],
      ['ESTABLISHED', 8001, 0xa0b0, 32, 16, 0, 24681],
      ['TIME_WAIT', 0xa0b2, 8001, 0, 0, 0, 0],
    ],
  );
});

test('UDP that is not connected is not closed', LITTLE, () => {
  const [socket] = parseInetSockets('udp', TCP.replace(' 0A ', ' 07 '));
  assert.deepEqual([socket?.state, socket?.type], ['UNCONNECTED', 'dgram']);
});

test('unix sockets: names with blanks, abstract ones, none; a line that is none is left out', () => {
  const sockets = parseUnixSockets(`Num       RefCount Protocol Flags    Type St Inode Path
ffff9c0: 00000002 00000000 00010000 0001 01 24682 /run/a  b
ffff9c1: 00000003 00000000 00000000 0001 03 24683
ffff9c2: 00000002 00000000 00000000 0002 01 24684 @x y
torn
`);
  assert.deepEqual(
    sockets.map(({ state, type, inode, path }) => [state, type, inode, path]),
    [
      ['LISTEN', 'stream', 24682, '/run/a  b'],
      ['ESTABLISHED', 'stream', 24683, null],
      ['UNCONNECTED', 'dgram', 24684, '@x y'],
    ],
  );
});

test('nothing: a protocol the kernel does not have, a network namespace without a socket', () => {
  assert.deepEqual(parseInetSockets('tcp6', ''), []);
  assert.deepEqual(parseUnixSockets('Num       RefCount Protocol Flags    Type St Inode Path\n'), []);
});
