import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { dropProgramPages, programPages } from '#agent/compose/program-pages.js';
import { loadSyscalls } from '#native/libc.js';

const mapping = (addresses: string, rights: string, path: string, anonymousKib: number) =>
  `${addresses} ${rights} 00770000 00:1c 1050 ${path.padStart(path.length + 20)}
Size:              27184 kB
Rss:               21304 kB
Anonymous:      ${String(anonymousKib).padStart(8)} kB
AnonHugePages:         0 kB
VmFlags: rd ex mr mw me
`;

test('pages of the program that nobody can have changed are found, and no others', () => {
  const smaps = [
    mapping('00400000-00b70000', 'r--p', '/usr/bin/node', 0),
    mapping('00b72000-025fe000', 'r-xp', '/usr/bin/node', 0),
    mapping('05639000-0563c000', 'r--p', '/usr/bin/node', 12),
    mapping('0563c000-05660000', 'rw-p', '/usr/bin/node', 0),
    mapping('05700000-05710000', 'r--s', '/usr/bin/node', 0),
    mapping('23ab0000-24500000', 'rw-p', '[heap]', 9088),
    mapping('7fa0a4800000-7fa0a50d2000', 'r-xp', '/opt/node', 0),
    mapping('7fa0a5800000-7fa0a60d2000', 'r-xp', '', 0),
  ].join('');
  assert.deepEqual(programPages(smaps, '/usr/bin/node'), [
    { address: 0x400000, lengthBytes: 0x770000 },
    { address: 0xb72000, lengthBytes: 0x1a8c000 },
  ]);
});

test('a program that was replaced while it runs is known by its old name', () => {
  const smaps = mapping('00400000-00b70000', 'r--p', '/usr/bin/node (deleted)', 0);
  assert.equal(programPages(smaps, '/usr/bin/node (deleted)').length, 1);
});

test('this very process goes on without its program in memory, and is smaller', async () => {
  const syscalls = await loadSyscalls();
  const program = readlinkSync('/proc/self/exe');
  const residentKib = () => {
    const own = readFileSync('/proc/self/smaps', 'latin1').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
    const sizes = own.filter((text) => text.split('\n')[0]?.endsWith(program)).map((text) => /^Rss: +(\d+)/m.exec(text)?.[1]);
    return sizes.reduce((sum, size) => sum + Number(size), 0);
  };
  const before = residentKib();
  dropProgramPages({ procRoot: '/proc', syscalls });
  const after = residentKib();
  assert.ok(after < before / 2, `${before} KiB of ${program} before, ${after} KiB after`);
  assert.equal(JSON.stringify(JSON.parse('{"a":[1,"b"]}')), '{"a":[1,"b"]}');
});

test('a refusal of the kernel says what was asked', async () => {
  const syscalls = { ...(await loadSyscalls()), madvise: () => -22 };
  assert.throws(
    () => dropProgramPages({ procRoot: '/proc', syscalls }),
    /madvise MADV_DONTNEED \d+ bytes at 0x[0-9a-f]+: EINVAL/,
  );
});
