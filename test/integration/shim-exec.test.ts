import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { procsBelow } from '#runtime/cgroup/procs.js';
import { exec } from '#runtime/container/exec.js';
import { killAll } from '#runtime/container/kill-all.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { requires } from '#test/support/requires.js';
import { buildShim, collect, launched, programTape, sh, shimHost, until } from '#test/support/shim-host.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

before(() => buildShim());

const { SIGKILL } = constants.signals;

test('exec: joins the container by its pidfd, has its own streams and exit code, and leaves nothing', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('exec sleep 1000') });
  await run.process.started;
  const stateDir = join(tempDir(t), 'exec');
  const tape = programTape(['sh', '-c', 'echo $$; cat /proc/1/cmdline; cat; exit 5'], { flags: 0, before: [] });
  const joining = { ...tape, inherited: 0 };
  const { ops } = joining;
  // Slot 1 is the inherited pidfd, so the pipe moves to 2 and 3.
  const shifted = {
    slots: 8,
    inherited: 1,
    ops: [
      { op: 'setns' as const, origin: 'exec', fd: 1, flags: 0x20000000 },
      ...ops.map((op) => {
        if (op.op === 'pipe') return { ...op, read: 2, write: 3 };
        if (op.op === 'waitPeer') return { ...op, read: 2 };
        if (op.op === 'signalPeer') return { ...op, write: 3 };
        return op.op === 'clone' ? { ...op, parent: op.parent + 1 } : op;
      }),
    ],
  };
  const attach = ATTACH.stdout | ATTACH.stdin;
  const running = exec({ id: 'exec', containerStateDir: run.stateDir, stateDir, tape: shifted, stdin: true, attach }, host);
  running.streams.stdin.end('input\n');
  const output = (await collect(running.streams.stdout)).toString();
  assert.match(output, /^[2-9]\d*\n.*input\n$/s);
  const end = await running.process.exited;
  assert.ok(!end.lost && end.exitCode === 5);
  await until(() => !existsSync(stateDir), 'its state directory is removed');
  run.process.signal(SIGKILL);
  await run.record();
  assert.throws(() => exec({ id: 'late', containerStateDir: run.stateDir, stateDir, tape: shifted, attach: 0 }, host), {
    code: 'STATE_CONFLICT',
  });
});

test('exec: one that cannot start says why', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('exec sleep 1000') });
  await run.process.started;
  const tape = { slots: 2, inherited: 1, ops: [{ op: 'exec' as const, origin: 'process.args', argv: ['/nowhere'], envp: [] }] };
  const request = { id: 'x', containerStateDir: run.stateDir, stateDir: join(tempDir(t), 'exec'), tape, attach: 3 };
  const { process: failing, streams } = exec(request, host);
  const output = collect(streams.stdout);
  await assert.rejects(failing.started, { code: 'COMMAND_NOT_FOUND', message: 'process.args: exec /nowhere: ENOENT' });
  assert.equal((await output).length, 0);
});

test(
  'killAll: nested cgroups, processes that fork all the time and frozen processes all end',
  requires({ root: true, controller: 'pids' }),
  async (t) => {
    const host = await shimHost(t);
    const parent = tempCgroupParent(t);
    const dirs = cgroupMounts().map(({ dir }) => dir + parent);
    for (const dir of dirs) mkdirSync(join(dir, 'nested'), { recursive: true });
    const enter = (below: string): string =>
      dirs.map((dir) => `echo $$ > ${join(dir, below)}/cgroup.procs 2>/dev/null;`).join(' ');
    const forker = 'for i in 1 2 3 4 5 6 7 8 9 10; do (while :; do /bin/true; done) & done; wait';
    const runs = ['exec sleep 1000', 'exec sleep 1000', forker].map((script, i) =>
      launched(t, host, { tape: sh(`${enter(i === 1 ? 'nested' : '')} ${script}`, { flags: 0 }) }),
    );
    const inside = (): number[] => [...new Set(dirs.flatMap(procsBelow))];
    await until(() => inside().length > 11 && runs.every((run) => inside().includes(run.process.pid!)), 'they are inside');
    const freezer = dirs.find((dir) => existsSync(join(dir, 'nested', 'freezer.state')));
    if (freezer !== undefined) writeFileSync(join(freezer, 'freezer.state'), 'FROZEN');
    await killAll({ dirs, deadlineMsec: 60_000 }, host);
    assert.deepEqual(inside(), []);
    for (const run of runs) assert.equal((await run.record()).signal, SIGKILL);
  },
);

test('killAll: nothing to kill, and a missing cgroup, are done at once', async (t) => {
  await killAll({ dirs: ['/sys/fs/cgroup/tsgov-test-none'], deadlineMsec: 0 }, await shimHost(t));
});
