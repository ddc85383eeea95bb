import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readNamespaces } from '#agent/namespaces/read-namespaces.js';
import { pauseEvery } from '#agent/processes/pause.js';
import type { Nsfs } from '#native/nsfs.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

/** Links of a fixture lead nowhere that could be opened, so no relation is ever asked for. */
const NSFS = {} as Nsfs;

interface Fake {
  ns: Record<string, string>;
  fds?: Record<string, string>;
  mountinfo?: string;
  start?: number;
  name?: string;
}

function proc(t: Teardown, fakes: Record<number, Fake>): string {
  const root = tempDir(t);
  for (const [pid, { ns, fds = {}, mountinfo = '', start = 5, name = 'x' }] of Object.entries(fakes)) {
    const dir = join(root, pid);
    for (const below of ['ns', 'fd']) mkdirSync(join(dir, below), { recursive: true });
    for (const [type, link] of Object.entries(ns)) symlinkSync(link, join(dir, 'ns', type));
    for (const [fd, link] of Object.entries(fds)) symlinkSync(link, join(dir, 'fd', fd));
    writeFileSync(join(dir, 'mountinfo'), mountinfo);
    writeFileSync(join(dir, 'stat'), `${pid} (${name}) S 1 ${'0 '.repeat(17)}${start} 0 0`);
    writeFileSync(join(dir, 'status'), `Name:\t${name}\nUid:\t0\t1000\t0\t0\n`);
    writeFileSync(join(dir, 'cmdline'), '');
  }
  writeFileSync(join(root, 'uptime'), '1 1');
  return root;
}

const look = (procRoot: string, pause = pauseEvery(5, () => performance.now())) =>
  readNamespaces({ procRoot, etcRoot: procRoot, nsfs: NSFS, pause, containers: async () => new Map() });

test('counted by inode, the oldest by its start and not by its pid, which wraps', async (t) => {
  const root = proc(t, {
    30: { ns: { net: 'net:[7]', mnt: 'mnt:[8]' }, start: 900, name: 'young' },
    40: { ns: { net: 'net:[7]', mnt: 'mnt:[9]' }, start: 100, name: 'a) (old' },
  });
  const views = await look(root);
  assert.deepEqual(
    views.map(({ type, inode, processes, oldest }) => [type, inode, processes, oldest?.pid]),
    [
      ['mnt', 8, 1, 30],
      ['mnt', 9, 1, 40],
      ['net', 7, 2, 40],
    ],
  );
  assert.deepEqual(views[2]?.oldest, { pid: 40, command: '[a) (old]', uid: 1000, user: null });
});

test("pid 1 is the oldest, and its namespaces are the host's", async (t) => {
  const root = proc(t, {
    1: { ns: { net: 'net:[7]' } },
    2: { ns: { net: 'net:[8]' }, start: 1 },
    3: { ns: { net: 'net:[7]' }, start: 1 },
  });
  assert.deepEqual(
    (await look(root)).map(({ inode, host, oldest }) => [inode, host, oldest?.pid]),
    [
      [7, true, 1],
      [8, false, 2],
    ],
  );
});

test('held by an open file, a mount in any mount namespace, and for children to come', async (t) => {
  const mount = (inode: number, point: string) =>
    `1 0 0:4 net:[${inode}] ${point} rw - nsfs nsfs rw\n2 0 0:5 / / rw - tmpfs x rw\n`;
  const root = proc(t, {
    5: { ns: { mnt: 'mnt:[1]', pid: 'pid:[2]', pid_for_children: 'pid:[2]' }, mountinfo: mount(11, '/run/netns/a\\040b') },
    6: { ns: { mnt: 'mnt:[3]', pid: 'pid:[2]', pid_for_children: 'pid:[4]' }, mountinfo: mount(12, '/x') },
    7: {
      ns: { mnt: 'mnt:[3]', pid: 'pid:[2]' },
      fds: { 3: 'uts:[13]', 4: 'socket:[99]', 5: '/etc/passwd' },
      mountinfo: 'never read',
    },
  });
  const held = (await look(root)).filter(({ processes }) => processes === 0);
  assert.deepEqual(
    held.map(({ type, inode, holders }) => [type, inode, ...holders]),
    [
      ['pid', 4, { kind: 'children', path: null, pid: 6, fd: null }],
      ['net', 11, { kind: 'mount', path: '/run/netns/a b', pid: 5, fd: null }],
      ['net', 12, { kind: 'mount', path: '/x', pid: 6, fd: null }],
      ['uts', 13, { kind: 'fd', path: null, pid: 7, fd: 3 }],
    ],
  );
});

test('processes that vanish while we look are left out of what is read after', async (t) => {
  const root = proc(t, { 5: { ns: { net: 'net:[1]' } }, 6: { ns: { net: 'net:[2]' } }, 7: { ns: { net: 'net:[1]' } } });
  let calls = 0;
  const views = await look(root, () => {
    calls += 1;
    // After the first process of the first reading.
    if (calls === 1) for (const pid of ['5', '6']) rmSync(join(root, pid), { recursive: true });
    return Promise.resolve();
  });
  assert.deepEqual(
    views.map(({ inode, oldest }) => [inode, oldest?.pid]),
    [[1, 7]],
  );
});

test('others run in between: a pause comes once the time is up', async () => {
  let now = 0;
  const pause = pauseEvery(5, () => now);
  assert.equal(pause(), undefined);
  now = 5;
  const waiting = pause();
  assert.ok(waiting instanceof Promise);
  await waiting;
  assert.equal(pause(), undefined);
});
