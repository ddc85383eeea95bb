import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TRACE_EXEC } from '#agent/bpf/trace-exec.js';
import { TRACE_IO } from '#agent/bpf/trace-io.js';
import { TRACE_SIGNAL } from '#agent/bpf/trace-signal.js';
import type { TraceHelp } from '#agent/bpf/trace-source.js';
import { TRACE_TCP } from '#agent/bpf/trace-tcp.js';

const HELP: TraceHelp = {
  cgroupPath: () => undefined,
  syscallName: () => undefined,
  nameOf: (_, id) => (id === 9n ? 'web' : undefined),
};

test('an exec tells its arguments as a shell would take them; an exit its code or signal', () => {
  const record = Buffer.alloc(440);
  record.writeBigUInt64LE(9n, 0);
  record.writeUInt32LE(100, 20);
  record.write('echo', 32);
  record.write('/bin/echo', 48);
  const args = Buffer.from("echo\0it's\0a b\0\0");
  record.writeUInt32LE(args.length, 176);
  args.copy(record, 180);
  const exec = TRACE_EXEC.decode(record, HELP);
  assert.equal(exec?.event, 'exec');
  assert.deepEqual(exec?.cgroups, [['tasks', 9n]]);
  assert.equal(exec?.attributes.args, "echo 'it'\\''s' 'a b' ''");
  record.writeUInt32LE(2, 16);
  record.writeInt32LE(3 << 8, 28);
  assert.deepEqual(pick(TRACE_EXEC.decode(record, HELP)), { exitCode: 3, signal: null });
  record.writeInt32LE(9 | 0x80, 28);
  assert.deepEqual(pick(TRACE_EXEC.decode(record, HELP)), { exitCode: 137, signal: 'SIGKILL' });
  record.writeUInt32LE(77, 16);
  assert.equal(TRACE_EXEC.decode(record, HELP), undefined, 'a kind that a newer program may have');
});

function pick(event: ReturnType<typeof TRACE_EXEC.decode>): object {
  return { exitCode: event?.attributes.exitCode, signal: event?.attributes.signal };
}

test('addresses read as people write them', () => {
  const record = Buffer.alloc(96);
  record.writeUInt32LE(3, 32);
  record.writeUInt16LE(2, 56);
  record.writeUInt16LE(5000, 58);
  record.writeUInt16BE(80, 60);
  Buffer.from([10, 0, 0, 1]).copy(record, 64);
  Buffer.from([192, 168, 1, 2]).copy(record, 80);
  const close = TRACE_TCP.decode(record, HELP);
  assert.deepEqual([close?.attributes.local, close?.attributes.remote], ['10.0.0.1:5000', '192.168.1.2:80']);
  record.writeUInt16LE(10, 56);
  const v6 = (hex: string) => {
    Buffer.from(hex, 'hex').copy(record, 80);
    return TRACE_TCP.decode(record, HELP)?.attributes.remote;
  };
  assert.equal(v6('00000000000000000000000000000001'), '[::1]:80');
  assert.equal(v6('00000000000000000000000000000000'), '[::]:80');
  assert.equal(v6('fe800000000000000000000000010000'), '[fe80::1:0]:80');
  assert.equal(v6('20010db8000000010001000100010001'), '[2001:db8:0:1:1:1:1:1]:80');
});

test('a signal tells its sender, and whether the kernel sent it', () => {
  const record = Buffer.alloc(72);
  record.writeBigUInt64LE(9n, 8);
  record.writeInt32LE(34, 24);
  record.writeInt32LE(2, 32);
  const sent = TRACE_SIGNAL.decode(record, HELP);
  assert.equal(sent?.attributes.signal, 'SIGRTMIN+0');
  assert.equal(sent?.attributes.senderContainer, 'web');
  assert.equal(sent?.attributes.result, 'already pending');
  assert.equal(sent?.attributes.from, 'process');
});

test('block I/O is told by device and direction', () => {
  const record = Buffer.alloc(32);
  record.writeUInt32LE(259, 8);
  record.writeUInt32LE((3 << 8) | 1, 12);
  record.writeBigUInt64LE(1_500n, 16);
  record.writeBigUInt64LE(4096n, 24);
  const io = TRACE_IO.decode(record, HELP);
  assert.equal(io?.event, 'write');
  assert.deepEqual(io?.attributes, { device: '259:3', bytes: 4096, latencyUsec: 1.5 });
});
