import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDirectories } from '#agent/store/agent-lock.js';
import { loadSyscalls } from '#native/libc.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

test('a create that the disk has no room for names call, path and remedy, leaves nothing, and works once there is room', async (t) => {
  let agent: AgentBackend | undefined;
  let disk = '';
  t.after(() => agent?.stop());
  t.after(() => assert.equal(spawnSync('umount', [disk]).status, 0));
  disk = tempDir(t);
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tsgov-test', disk]).status, 0);
  agent = AgentBackend.at(disk, tempCgroupParent(t));
  await agent.open();
  const filler = join(disk, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
  await assert.rejects(agent.create(['true']), {
    code: 'KERNEL',
    message: /^write .*\/config\.json: ENOSPC \(its disk is full: /,
  });
  assert.deepEqual(readdirSync(join(agent.root, 'containers')), []);
  assert.deepEqual(agent.backend.list(), []);
  rmSync(filler);
  assert.equal(await agent.exit(await agent.run(['true'])), 0);
});

for (const dir of ['/proc/tsgov-nope', '/proc/self/tsgov-nope/deep', '/sys/tsgov-nope', '/dev/null'])
  test(`${dir} is refused as the agent's directory`, async () => {
    const syscalls = await loadSyscalls();
    assert.throws(() => lockDirectories(syscalls, [dir], 1), {
      code: 'CONFIG_INVALID',
      message: /cannot be the agent's: .*; choose another --root or --state$/,
    });
    assert.equal(existsSync(dir), dir === '/dev/null');
  });

test('a directory that takes no files is left as it was', async (t) => {
  const syscalls = await loadSyscalls();
  const [, hierarchy = ''] =
    /^\S+ (\/sys\/fs\/cgroup\S*) cgroup2? /m.exec(String(spawnSync('cat', ['/proc/mounts']).stdout)) ?? [];
  const dir = join(hierarchy, tempCgroupParent(t));
  assert.throws(() => lockDirectories(syscalls, [dir], 1), { code: 'CONFIG_INVALID' });
  assert.equal(existsSync(dir), false);
});

test('a state directory below a file is refused', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  const syscalls = await loadSyscalls();
  assert.throws(() => lockDirectories(syscalls, [join(dir, 'file/state')], 1), { code: 'CONFIG_INVALID', message: /ENOTDIR/ });
});
