import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { btfTypeId } from '#native/btf.js';

const TYPEDEF = 8;
const STRUCT = 4;
const INT = 1;

/** A blob of the given types: [name, kind, bytes that follow, vlen]. */
function blobOf(types: [name: string, kind: number, extra: number, vlen?: number][]): Buffer {
  const strings = Buffer.from(`\0${types.map(([name]) => `${name}\0`).join('')}`);
  const records = types.map(([name, kind, extra, vlen = 0]) => {
    const record = Buffer.alloc(12 + extra);
    record.writeUInt32LE(strings.indexOf(`\0${name}\0`) + 1, 0);
    record.writeUInt32LE(((kind << 24) | vlen) >>> 0, 4);
    return record;
  });
  const body = Buffer.concat(records);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(0, 8);
  header.writeUInt32LE(body.length, 12);
  header.writeUInt32LE(body.length, 16);
  header.writeUInt32LE(strings.length, 20);
  return Buffer.concat([header, body, strings]);
}

test('ids count from 1, past types with members, by name and kind', () => {
  const blob = blobOf([
    ['int', INT, 4],
    ['task', STRUCT, 36, 3],
    ['task_t', TYPEDEF, 0],
    ['same', STRUCT, 0],
    ['same', TYPEDEF, 0],
  ]);
  assert.equal(btfTypeId(blob, 'task', STRUCT), 2);
  assert.equal(btfTypeId(blob, 'task_t', TYPEDEF), 3);
  assert.equal(btfTypeId(blob, 'same', TYPEDEF), 5);
  assert.equal(btfTypeId(blob, 'task', TYPEDEF), undefined);
  assert.equal(btfTypeId(blob, 'absent', TYPEDEF), undefined);
});

test('what is no BTF, is cut off, or has a kind newer than this table gives undefined', () => {
  assert.equal(btfTypeId(Buffer.alloc(0), 'x', STRUCT), undefined);
  assert.equal(btfTypeId(Buffer.alloc(64), 'x', STRUCT), undefined);
  assert.equal(btfTypeId(blobOf([['x', STRUCT, 0]]).subarray(0, 30), 'x', STRUCT), undefined);
  assert.equal(
    btfTypeId(
      blobOf([
        ['a', 31, 0],
        ['x', STRUCT, 0],
      ]),
      'x',
      STRUCT,
    ),
    undefined,
  );
});

const VMLINUX = '/sys/kernel/btf/vmlinux';
test("this kernel's own", { skip: existsSync(VMLINUX) ? false : `requires ${VMLINUX}` }, () => {
  const id = btfTypeId(readFileSync(VMLINUX), 'task_struct', STRUCT);
  assert.ok(id !== undefined && id > 1);
});
