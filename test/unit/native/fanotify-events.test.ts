import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseFdEvents, parseNamedEvents } from '#native/fanotify-events.js';
import { tempDir } from '#test/support/temp.js';

/** struct fanotify_event_metadata, and after it what is given. */
function event({ mask, pid, fd = -1 }: { mask: number; pid: number; fd?: number }, info: Buffer = Buffer.alloc(0)): Buffer {
  const metadata = Buffer.alloc(24);
  metadata.writeUInt32LE(24 + info.length, 0);
  metadata[4] = 3;
  metadata.writeUInt16LE(24, 6);
  metadata.writeBigUInt64LE(BigInt(mask), 8);
  metadata.writeInt32LE(fd, 16);
  metadata.writeInt32LE(pid, 20);
  return Buffer.concat([metadata, info]);
}

/** struct fanotify_event_info_fid with a handle of 8 bytes and a name, padded as the kernel does. */
function named(type: number, fsid: string, handle: string, name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const bytes = Buffer.alloc(Math.ceil((28 + text.length) / 4) * 4);
  bytes[0] = type;
  bytes.writeUInt16LE(bytes.length, 2);
  bytes.write(fsid, 4, 'hex');
  bytes.writeUInt32LE(8, 12);
  bytes.writeInt32LE(0xfe, 16);
  bytes.write(handle, 20, 'hex');
  text.copy(bytes, 28);
  return bytes;
}

const FSID = '0102030405060708';
const HANDLE = 'a3761d0000000000';
const KEY = `${FSID}08000000fe000000${HANDLE}`;

test('events that name files: directory key, name, pid, in order', () => {
  const chunk = Buffer.concat([
    event({ mask: 0x2, pid: 42 }, named(2, FSID, HANDLE, 'memory.max')),
    event({ mask: 0x40000100, pid: 7 }, named(2, FSID, HANDLE, 'child')),
  ]);
  assert.deepEqual(parseNamedEvents(chunk), [
    { mask: 0x2, pid: 42, overflow: false, dir: KEY, name: 'memory.max' },
    { mask: 0x40000100, pid: 7, overflow: false, dir: KEY, name: 'child' },
  ]);
});

test('other information before the name is stepped over; an event without a name is left out', () => {
  const range = Buffer.from('0500080000000000', 'hex');
  const chunk = Buffer.concat([
    event({ mask: 0x2, pid: 1 }, Buffer.concat([range, named(2, FSID, HANDLE, 'a')])),
    event({ mask: 0x2, pid: 2 }, named(1, FSID, HANDLE, 'b')),
  ]);
  assert.deepEqual(
    parseNamedEvents(chunk).map(({ pid, name }) => [pid, name]),
    [[1, 'a']],
  );
});

/** struct fanotify_event_info_pidfd. */
function pidfd(fd: number): Buffer {
  const bytes = Buffer.from('0400080000000000', 'hex');
  bytes.writeInt32LE(fd, 4);
  return bytes;
}

test('a writer that has ended is told as gone, for its number may be another’s by now; descriptors are closed', (t) => {
  const path = join(tempDir(t), 'stands for a process');
  writeFileSync(path, '');
  const fd = openSync(path, 'r');
  const by = (pid: number, of: number) => event({ mask: 0x2, pid }, Buffer.concat([named(2, FSID, HANDLE, 'a'), pidfd(of)]));
  assert.deepEqual(
    parseNamedEvents(Buffer.concat([by(1, fd), by(2, -1), by(3, -2)])).map(({ pid, gone }) => [pid, gone]),
    [
      [1, undefined],
      [2, true],
      [3, undefined],
    ],
  );
  assert.throws(() => closeSync(fd), { code: 'EBADF' });
});

test('an overflow is told, of whichever kind the events are', () => {
  const lost = { mask: 0x4000, pid: 0, overflow: true, dir: '', name: '' };
  assert.deepEqual(parseNamedEvents(event({ mask: 0x4000, pid: 0 })), [lost]);
  assert.deepEqual(parseFdEvents(event({ mask: 0x4000, pid: 0 })), [lost]);
});

test('events that opened the file: its path, and the descriptor is closed', (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'memory.max'), '');
  const fd = openSync(join(dir, 'memory.max'), 'r');
  assert.deepEqual(parseFdEvents(event({ mask: 0x2, pid: 42, fd })), [
    { mask: 0x2, pid: 42, overflow: false, dir, name: 'memory.max' },
  ]);
  assert.equal(existsSync(`/proc/self/fd/${fd}`), false);
  assert.throws(() => closeSync(fd), { code: 'EBADF' });
});

test('what is cut off is not read', () => {
  const chunk = event({ mask: 0x2, pid: 42 }, named(2, FSID, HANDLE, 'memory.max'));
  assert.deepEqual(parseNamedEvents(chunk.subarray(0, 20)), []);
});
