import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FAN_CREATE, FAN_DELETE, FAN_MODIFY, FAN_ONDIR, Fanotify } from '#native/fanotify.js';
import type { FanotifyEvent } from '#native/fanotify-events.js';
import { KernelError } from '#native/kernel-error.js';
import { loadSyscalls } from '#native/libc.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const syscalls = await loadSyscalls();
const MOUNTS = cgroupMounts().map(({ dir }) => dir);

function watch(mask: number, reports?: 'paths'): { fanotify: Fanotify; events: FanotifyEvent[]; lost: Error[] } {
  const events: FanotifyEvent[] = [];
  const lost: Error[] = [];
  const fanotify = Fanotify.open(syscalls, {
    filesystems: MOUNTS,
    mask,
    ...(reports !== undefined && { reports }),
    onEvents: (some) => events.push(...some),
    onLost: (error) => lost.push(error),
  });
  return { fanotify, events, lost };
}

for (const [how, reports] of [
  ['as the kernel does best', undefined],
  ['by paths', 'paths'],
] as const) {
  test(
    `writes to interface files are told ${how}, with who wrote and where; closed, nothing is left`,
    requires({ root: true }),
    async (t) => {
      const parent = tempCgroupParent(t);
      const before = openFds().length;
      const { fanotify, events } = watch(FAN_MODIFY, reports);
      try {
        const dirs = MOUNTS.map((mount) => join(mount, parent));
        for (const dir of dirs) {
          mkdirSync(dir);
          const child = spawnSync('/bin/sh', [
            '-c',
            `echo 1 > ${dir}/notify_on_release || echo 5 > ${dir}/cgroup.max.depth; echo $$`,
          ]);
          const pid = Number(String(child.stdout));
          const key = fanotify.dirKey(dir);
          fanotify.hear();
          assert.ok(
            events.some((event) => event.dir === key && event.pid === pid),
            'who asks hears at once',
          );
          spawnSync('/bin/sh', ['-c', `echo 0 > ${dir}/notify_on_release || echo 6 > ${dir}/cgroup.max.depth`]);
          await eventually(() => events.filter((event) => event.dir === key).length === 2);
          const names = events.filter((event) => event.dir === key && event.pid === pid).map(({ name }) => name);
          assert.deepEqual(names, [names[0] === 'cgroup.max.depth' ? 'cgroup.max.depth' : 'notify_on_release']);
        }
        assert.equal(new Set(dirs.map((dir) => fanotify.dirKey(dir))).size, dirs.length);
        const missing = join(MOUNTS[0] as string, 'no such cgroup');
        assert.equal(fanotify.dirKey(missing), fanotify.reports === 'names' ? undefined : missing);
      } finally {
        fanotify.close();
      }
      await eventually(() => openFds().length <= before);
    },
  );

  test(`a write in a cgroup that is gone hides none behind it from who asks ${how}`, requires({ root: true }), async (t) => {
    const dir = join(MOUNTS[0] as string, tempCgroupParent(t));
    const gone = join(dir, 'gone');
    const file = existsSync(join(MOUNTS[0] as string, 'cgroup.controllers')) ? 'cgroup.max.depth' : 'notify_on_release';
    mkdirSync(gone, { recursive: true });
    const { fanotify, events } = watch(FAN_MODIFY, reports);
    try {
      writeFileSync(join(gone, file), '1', { flag: 'r+' });
      rmdirSync(gone);
      writeFileSync(join(dir, file), '1', { flag: 'r+' });
      fanotify.hear();
      const key = fanotify.dirKey(dir);
      assert.ok(events.some((event) => event.dir === key && event.name === file && event.pid === process.pid));
    } finally {
      fanotify.close();
    }
  });

  test(`a write-only file does not end the watch ${how}`, requires({ root: true }), async (t) => {
    const parent = tempCgroupParent(t);
    const { fanotify, events, lost } = watch(FAN_MODIFY, reports);
    try {
      const dirs = MOUNTS.map((mount) => join(mount, parent));
      for (const dir of dirs) {
        mkdirSync(dir);
        for (const file of ['cgroup.kill', 'memory.force_empty'])
          spawnSync('/bin/sh', ['-c', `[ -e ${dir}/${file} ] && echo 1 > ${dir}/${file}`]);
      }
      const [dir = ''] = dirs;
      const file = existsSync(join(dir, 'notify_on_release')) ? 'notify_on_release' : 'cgroup.max.depth';
      writeFileSync(join(dir, file), '1', { flag: 'r+' });
      await eventually(() => events.some((event) => event.name === file && event.pid === process.pid));
      if (fanotify.reports === 'names') assert.deepEqual(lost, []);
    } finally {
      fanotify.close();
    }
  });
}

test(
  'cgroups made and removed are told by their names since kernel 6.7, before that it is refused',
  requires({ root: true }),
  async (t) => {
    const parent = tempCgroupParent(t);
    const mask = FAN_CREATE | FAN_DELETE | FAN_ONDIR;
    const [major = 0, minor = 0] = release().split('.').map(Number);
    if (major < 6 || (major === 6 && minor < 7)) {
      assert.throws(() => watch(mask), KernelError);
      return;
    }
    const { fanotify, events } = watch(mask);
    try {
      const root = MOUNTS[0] as string;
      mkdirSync(join(root, parent));
      mkdirSync(join(root, parent, 'child'));
      rmdirSync(join(root, parent, 'child'));
      const key = fanotify.dirKey(join(root, parent));
      await eventually(() => events.some(({ dir, mask: what }) => dir === key && (what & FAN_DELETE) !== 0));
      const seen = events.filter(({ dir, mask: what }) => dir === key && (what & FAN_ONDIR) !== 0);
      assert.deepEqual(new Set(seen.map(({ name, pid }) => `${name} ${pid === process.pid}`)), new Set(['child true']));
    } finally {
      fanotify.close();
    }
  },
);

test('what a filesystem cannot tell is refused, and nothing is left open', requires({ root: true }), () => {
  const before = openFds().length;
  assert.throws(
    () => Fanotify.open(syscalls, { filesystems: ['/no/such/place'], mask: FAN_MODIFY, onEvents: () => {}, onLost: () => {} }),
    (error) => error instanceof KernelError && error.errnoName === 'ENOENT',
  );
  assert.equal(openFds().length, before);
});
