import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { namespacesOf } from '#agent/containers/namespaces.js';
import { parseNetDev } from '#agent/containers/network-stats.js';
import { findShims, waitingShims } from '#agent/containers/shims.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

interface Fake {
  pid: number;
  nspid: string;
  comm: string;
  cmdline: string;
}

function proc(t: Teardown, fakes: Fake[]): string {
  const root = tempDir(t);
  for (const { pid, nspid, comm, cmdline } of fakes) {
    const dir = join(root, String(pid));
    mkdirSync(join(dir, 'ns'), { recursive: true });
    const status = `Name:\t${comm}\nUmask:\t0022\nUid:\t0\t1000\t0\t0\nVmRSS:\t    2048 kB\nThreads:\t3\nNSpid:\t${nspid}\n`;
    writeFileSync(join(dir, 'status'), status);
    writeFileSync(join(dir, 'stat'), `${pid} (${comm}) S 7 ${'0 '.repeat(9)}150 50 0 0`);
    writeFileSync(join(dir, 'cmdline'), cmdline);
    symlinkSync('net:[4026531840]', join(dir, 'ns/net'));
  }
  return root;
}

test('namespaces by inode; those the kernel lacks, or of a process that is gone, are absent', (t) => {
  const root = proc(t, [{ pid: 4, nspid: '4', comm: 'x', cmdline: '' }]);
  assert.deepEqual(namespacesOf(root, 4), { net: 4026531840 });
  assert.deepEqual(namespacesOf(root, 5), {});
});

test('interfaces of /proc/<pid>/net/dev, names with colons too', () => {
  const text = `Inter-|   Receive  |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     100       2    0    0    0     0          0         0      300       4    0    0    0     0       0          0
eth0:1: 5 6 0 0 0 0 0 0 7 8 0 0 0 0 0 0
`;
  assert.deepEqual(parseNetDev(text), [
    { interface: 'lo', receiveBytes: 100, transmitBytes: 300, receivePackets: 2, transmitPackets: 4 },
    { interface: 'eth0:1', receiveBytes: 5, transmitBytes: 7, receivePackets: 6, transmitPackets: 8 },
  ]);
});

test('shims are known by their command line, their file and their pid namespace', (t) => {
  const root = proc(t, [
    { pid: 3, nspid: '3', comm: 'tsgov-shim', cmdline: 'tsgov-shim\0id=a\0state=/run/a\0log=/x\0' },
    { pid: 4, nspid: '4', comm: 'sh', cmdline: 'sh\0state=/run/b\0' },
    { pid: 5, nspid: '5', comm: 'tsgov-shim', cmdline: '' },
    { pid: 6, nspid: '6', comm: 'tsgov-shim', cmdline: 'tsgov-shim\0state=/run/c\0' },
    { pid: 7, nspid: '7', comm: 'sleep', cmdline: 'tsgov-shim\0state=/run/d\0' },
    { pid: 8, nspid: '8', comm: 'tsgov-shim', cmdline: 'tsgov-shim\0state=/run/e\0' },
    { pid: 9, nspid: '9', comm: 'tsgov-shim', cmdline: 'tsgov-shim\0tty=0\0   \0waits-for=/run\0' },
    { pid: 10, nspid: '10', comm: 'tsgov-shim', cmdline: 'tsgov-shim\0tty=0\0   \0waits-for=/run2\0' },
    { pid: 11, nspid: '11', comm: 'sleep', cmdline: 'tsgov-shim\0tty=0\0   \0waits-for=/run\0' },
  ]);
  const is = (pid: number | 'self', exe: string, namespace: number): void => {
    mkdirSync(join(root, String(pid), 'ns'), { recursive: true });
    symlinkSync(exe, join(root, String(pid), 'exe'));
    symlinkSync(`pid:[${namespace}]`, join(root, String(pid), 'ns/pid'));
  };
  is('self', '/usr/bin/node', 1);
  is(3, '/opt/tsgov/dist/native/tsgov-shim', 1);
  is(6, '/opt/old/tsgov-shim (deleted)', 1);
  is(7, '/usr/bin/sleep', 1);
  is(8, '/opt/tsgov-shim', 2);
  is(9, '/opt/tsgov-shim', 1);
  is(10, '/opt/tsgov-shim', 1);
  is(11, '/usr/bin/sleep', 1);
  assert.deepEqual(waitingShims(root, '/run'), [9]);
  assert.deepEqual(
    findShims(root),
    new Map([
      ['/run/a', 3],
      ['/run/c', 6],
    ]),
  );
});
