import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { lockDirectories } from '#agent/store/agent-lock.js';
import { loadSyscalls } from '#native/libc.js';
import { openFds } from '#test/support/leaks.js';
import { tempDir } from '#test/support/temp.js';

test('one agent has a directory; the second is told who; after its end the next may have it', async (t) => {
  const syscalls = await loadSyscalls();
  const [state, root, elsewhere] = [tempDir(t), tempDir(t), tempDir(t)];
  const before = openFds().length;
  const first = lockDirectories(syscalls, [state, root], 4711);
  assert.equal(readFileSync(join(root, 'agent.lock'), 'utf8'), '4711\n');
  for (const shared of [
    [state, elsewhere],
    [elsewhere, root],
  ])
    assert.throws(() => lockDirectories(syscalls, shared, 1), { code: 'AGENT_RUNNING', message: /4711/ });
  lockDirectories(syscalls, [elsewhere], 1)[Symbol.dispose]();
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  lockDirectories(syscalls, [state, root], 12)[Symbol.dispose]();
  assert.equal(openFds().length, before);
});

test('kill -9 frees it, though its lock file still says a pid', async (t) => {
  const syscalls = await loadSyscalls();
  const dir = tempDir(t);
  const modules = ['agent/store/agent-lock.js', 'native/libc.js'].map((path) =>
    JSON.stringify(resolve(import.meta.dirname, '../..', path)),
  );
  const script = join(dir, 'holder.mjs');
  writeFileSync(
    script,
    `const [{ lockDirectories }, { loadSyscalls }] = await Promise.all([import(${modules[0]}), import(${modules[1]})]);
     globalThis.lock = lockDirectories(await loadSyscalls(), [${JSON.stringify(dir)}], process.pid);
     console.log('held'); setInterval(() => {}, 1000);`,
  );
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  assert.throws(() => lockDirectories(syscalls, [dir], 1), { code: 'AGENT_RUNNING', message: new RegExp(`\\b${holder.pid}\\b`) });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDirectories(syscalls, [dir], 1)[Symbol.dispose]();
});

test('a directory that cannot be made is named, with what to do', async (t) => {
  const syscalls = await loadSyscalls();
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  assert.throws(() => lockDirectories(syscalls, [join(file, 'state')], 1), {
    code: 'CONFIG_INVALID',
    message: /file\/state cannot be the agent's: ENOTDIR.*--root or --state/,
  });
});
