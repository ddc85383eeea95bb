import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { adopt } from '#runtime/container/adopt.js';
import { readExitFile, stillRuns } from '#runtime/container/exit-record.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { requires } from '#test/support/requires.js';
import { buildShim, collect, criLines, launched, logged, programTape, sh, shimHost, until } from '#test/support/shim-host.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

before(() => buildShim());

const { SIGKILL } = constants.signals;

test('adopt: a container outlives the connection, is found again, and its end is told', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('echo one; read x; echo two; exit 6'), stdin: true });
  await run.process.started;
  await until(() => statSync(run.logPath).size > 0, 'the first line is written');
  const { pid, shimPid } = run.process;
  run.process.detach();
  const again = await adopt(run.stateDir, host);
  assert.ok(again.kind === 'running');
  assert.deepEqual([again.process.pid, again.process.shimPid], [pid, shimPid]);
  await again.process.started;
  const streams = await again.process.attach(ATTACH.stdin | ATTACH.stdout);
  streams.stdin.end('x\n');
  assert.equal((await collect(streams.stdout)).toString(), 'two\n');
  const end = await again.process.exited;
  assert.ok(!end.lost && end.exitCode === 6);
  assert.equal(logged(criLines(run.logPath), 'stdout').toString(), 'one\ntwo\n');
});

test('adopt: what ended meanwhile has its true record, also when it never ran', async (t) => {
  const host = await shimHost(t);
  for (const [argv, exitCode, started] of [
    [['sh', '-c', 'exit 42'], 42, true],
    [['/nowhere'], 125, false],
  ] as const) {
    const run = launched(t, host, { tape: programTape(argv) });
    run.process.detach();
    await until(() => readExitFile(run.stateDir) !== undefined, 'it has ended');
    const found = await adopt(run.stateDir, host);
    assert.ok(found.kind === 'exited');
    assert.deepEqual([found.record.exitCode, found.record.started], [exitCode, started]);
  }
});

test('adopt: a held container is still held, and can be let go', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('exit 8'), hold: true });
  await run.process.created;
  run.process.detach();
  const again = await adopt(run.stateDir, host);
  assert.ok(again.kind === 'running');
  await again.process.created;
  again.process.release();
  const end = await again.process.exited;
  assert.ok(!end.lost && end.exitCode === 8);
});

test('adopt: no state at all is lost, without a process', async (t) => {
  const host = await shimHost(t);
  assert.deepEqual(await adopt(join(tempDir(t), 'none'), host), { kind: 'lost', record: { lost: true, init: undefined } });
});

test('kill -9 of the shim: lost, with init for the caller to kill; never a wrong record', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('exec sleep 1000') });
  await run.process.started;
  process.kill(run.process.shimPid!, SIGKILL);
  const end = await run.process.exited;
  assert.ok(end.lost);
  assert.equal(end.init?.pid, run.process.pid);
  assert.deepEqual(await adopt(run.stateDir, host), { kind: 'lost', record: end });
  process.kill(end.init!.pid, SIGKILL);
  await until(() => stillRuns(end.init, '/proc') === undefined, 'init is gone');
  assert.deepEqual(await adopt(run.stateDir, host), { kind: 'lost', record: { lost: true, init: undefined } });
});

test('a kernel OOM kill is told as such', requires({ root: true, controller: 'memory' }), async (t) => {
  const v1 = cgroupMounts().find((mount) => existsSync(join(mount.dir, 'memory.limit_in_bytes')));
  const memory = v1 ?? cgroupMounts().find((mount) => mount.version === 2)!;
  const host = await shimHost(t);
  const dir = memory.dir + tempCgroupParent(t);
  mkdirSync(dir);
  writeFileSync(join(dir, v1 === undefined ? 'memory.max' : 'memory.limit_in_bytes'), '16M');
  const join_ = [
    { op: 'open' as const, dir: undefined, path: join(dir, 'cgroup.procs'), flags: 1, mode: 0, resolve: 0, out: 3 },
    { op: 'write' as const, fd: 3, data: Buffer.from('0') },
  ];
  const oom = { path: join(dir, v1 === undefined ? 'memory.events' : 'memory.oom_control'), key: 'oom_kill' };
  const eater = programTape(['sh', '-c', 'x=$(head -c 200000000 /dev/zero | tr "\\0" x)'], { setup: join_ });
  const record = await launched(t, host, { tape: eater, oom }).record();
  assert.equal(record.oomKilled, true);
  const modest = await launched(t, host, { tape: programTape(['true'], { setup: join_ }), oom }).record();
  assert.deepEqual([modest.oomKilled, modest.exitCode], [false, 0]);
});
