import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExitFile, readPidFile, stillRuns } from '#runtime/container/exit-record.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { openFds } from '#test/support/leaks.js';
import { straight } from '#test/support/play-tape.js';
import { buildShim, criLines, launched, logged, programTape, sh, shimHost, until } from '#test/support/shim-host.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

const { SIGKILL, SIGTERM } = constants.signals;
const ROUNDS = Number(process.env.TSGOV_TEST_LAUNCHES ?? 200);

for (const code of [0, 1, 7, 125, 126, 255]) {
  test(`exit code ${code} comes back, told and on disk`, async (t) => {
    const run = launched(t, await shimHost(t), { tape: sh(`exit ${code}`) });
    const record = await run.record();
    assert.deepEqual([record.exitCode, record.signal, record.started, record.oomKilled], [code, undefined, true, false]);
    assert.deepEqual(readExitFile(run.stateDir), record);
  });
}

test('a signal comes back as 128 + n, and its times are in order', async (t) => {
  const from = BigInt(Date.now() - 1) * 1_000_000n;
  const run = launched(t, await shimHost(t), { tape: sh('trap "" HUP; exec sleep 1000') });
  await run.process.started;
  run.process.signal(SIGKILL);
  const record = await run.record();
  assert.deepEqual([record.exitCode, record.signal], [137, SIGKILL]);
  assert.ok(from < record.startedAtNsec && record.startedAtNsec < record.finishedAtNsec);
  assert.ok(record.finishedAtNsec < BigInt(Date.now() + 1) * 1_000_000n);
});

test('a program that dies of its own signal is told so', async (t) => {
  // Outside a pid namespace: init of one ignores what it does not handle.
  const run = launched(t, await shimHost(t), { tape: programTape(['sh', '-c', 'kill -TERM $$'], { flags: 0 }) });
  assert.deepEqual([(await run.record()).exitCode, (await run.record()).signal], [128 + SIGTERM, SIGTERM]);
});

test('the container has fds 0 to 2 and nothing of the shim', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('ls /proc/self/fd; cat /proc/self/status') });
  await run.record();
  const text = logged(criLines(run.logPath), 'stdout').toString();
  assert.match(text, /^0\n1\n2\n3\nName/); // 3 is the directory that ls reads
  for (const set of ['SigBlk', 'SigIgn']) assert.match(text, new RegExp(`${set}:\\s0+\\n`), set);
});

const REFUSED = {
  'a command that does not exist': {
    argv: ['/nowhere/prog'],
    code: 'COMMAND_NOT_FOUND',
    message: 'process.args: exec /nowhere/prog: ENOENT',
  },
  'a file as a directory': {
    argv: ['/bin/sh/prog'],
    code: 'COMMAND_NOT_FOUND',
    message: 'process.args: exec /bin/sh/prog: ENOTDIR',
  },
  'a name not in PATH': {
    argv: ['tsgov-no-such'],
    code: 'COMMAND_NOT_FOUND',
    message: 'process.args: exec tsgov-no-such: ENOENT',
  },
  'a file that may not be executed': {
    argv: ['/etc/passwd'],
    code: 'COMMAND_NOT_EXECUTABLE',
    message: 'process.args: exec /etc/passwd: EACCES',
  },
  'a directory': { argv: ['/etc'], code: 'COMMAND_NOT_EXECUTABLE', message: 'process.args: exec /etc: EACCES' },
};

for (const [what, { argv, code, message }] of Object.entries(REFUSED)) {
  test(`${what} is ${code}`, async (t) => {
    const run = launched(t, await shimHost(t), { tape: programTape(argv) });
    await assert.rejects(run.process.started, { name: 'LaunchError', code, message });
    const record = await run.record();
    assert.deepEqual([record.started, record.exitCode, record.signal], [false, 125, undefined]);
    assert.equal(record.failed?.op, 5);
    assert.deepEqual(readExitFile(run.stateDir), record);
  });
}

test('an op that fails names its origin, and what was made so far is gone', async (t) => {
  const tape = programTape(['true'], { setup: [{ op: 'fsopen', type: 'nofs', out: 3, origin: 'mounts[3]' }] });
  const run = launched(t, await shimHost(t), { tape });
  await assert.rejects(run.process.started, { code: 'LAUNCH_FAILED', message: 'mounts[3]: fsopen nofs: ENODEV' });
  await run.record();
  assert.equal(stillRuns(readPidFile(run.stateDir), '/proc'), undefined);
});

test('a launch that fails at any moment ends whatever was forked by then, and its shim', async (t) => {
  const host = await shimHost(t);
  // The log is opened while the player plays: this failure meets it anywhere between its fork and its gate.
  const log = { path: '/nowhere/log', maxBytes: 0, maxFiles: 1 };
  const runs = Array.from({ length: 60 }, () => launched(t, host, { tape: programTape(['true']), log }));
  for (const run of runs) assert.equal((await run.record()).started, false);
  await until(() => host.children.size === 0, 'all shims are gone');
});

test('an op whose errno is tolerated warns and goes on', async (t) => {
  const tape = programTape(['true'], {
    setup: [{ op: 'fsopen', type: 'nofs', out: 3, origin: 'mounts[3]', tolerate: ['ENODEV'] }],
  });
  const run = launched(t, await shimHost(t), { tape });
  assert.equal((await run.record()).exitCode, 0);
  assert.deepEqual(run.process.warnings, ['mounts[3]: fsopen nofs: ENODEV, going on without']);
});

test('a tape of one half runs too, and a program it never reached is told apart', async (t) => {
  const host = await shimHost(t);
  const good = launched(t, host, { tape: straight([{ op: 'exec', argv: ['/bin/sh', '-c', 'exit 9'], envp: [] }]) });
  assert.deepEqual([(await good.record()).exitCode, (await good.record()).started], [9, true]);
  for (let i = 0; i < 20; i += 1) {
    const warning = { op: 'fsopen' as const, type: 'nofs', out: 3, tolerate: ['ENODEV'] };
    const tape = straight([warning, { ...warning, out: 4 }, { op: 'exec', argv: ['/bin/true'], envp: [] }]);
    assert.equal((await launched(t, host, { tape }).record()).started, true);
  }
  const bad = launched(t, host, { tape: straight([{ op: 'exec', argv: ['/nowhere'], envp: [] }]) });
  await assert.rejects(bad.process.started, { code: 'COMMAND_NOT_FOUND' });
});

test('hold: nothing runs before release, the pid is known, and it can be killed there', async (t) => {
  const host = await shimHost(t);
  const marker = join(tempDir(t), 'ran');
  const run = launched(t, host, { tape: sh(`touch ${marker}`), hold: true });
  await run.process.created;
  const pid = run.process.pid!;
  assert.equal(readPidFile(run.stateDir)?.pid, pid);
  assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), new RegExp(`PPid:\\s${run.process.shimPid}\\n`));
  assert.match(readFileSync(join(run.stateDir, 'pid'), 'utf8'), /^\d+ \d+ \d+\n$/);
  await sleep(50);
  assert.equal(existsSync(marker), false);
  run.process.release();
  await run.process.started;
  assert.equal((await run.record()).exitCode, 0);
  assert.equal(existsSync(marker), true);

  const killed = launched(t, host, { tape: sh('true'), hold: true });
  await killed.process.created;
  killed.process.signal(SIGKILL);
  await assert.rejects(killed.process.started, { code: 'LAUNCH_FAILED', message: 'shim: ended before it ran (signal 9)' });
  assert.deepEqual([(await killed.record()).started, (await killed.record()).signal], [false, SIGKILL]);
});

test('the state directory is private, may have any length, and a second run does not see the first one', async (t) => {
  const host = await shimHost(t);
  const stateDir = join(tempDir(t), ...Array.from({ length: 5 }, () => 'x'.repeat(100)));
  const first = launched(t, host, { stateDir, tape: sh('exit 3') });
  assert.equal((await first.record()).exitCode, 3);
  await until(() => host.children.size === 0, 'the first shim is gone');
  assert.deepEqual(readdirSync(stateDir).sort(), ['exit', 'pid']);
  const second = launched(t, host, { stateDir, tape: sh('read x; exit 4'), stdin: true });
  const streams = await second.process.attach(ATTACH.stdin);
  assert.equal(readExitFile(stateDir), undefined);
  assert.equal(statSync(join(stateDir, 'shim.sock')).mode & 0o777, 0o600);
  assert.equal(statSync(stateDir).mode & 0o777, 0o700);
  streams.stdin.end();
  assert.equal((await second.record()).exitCode, 4);
});

test('a descendant that keeps the output open is not waited for', async (t) => {
  const pidFile = join(tempDir(t), 'pid');
  const script = `echo before; sh -c 'echo $$ > ${pidFile}; trap "" HUP; exec sleep 1000' & while [ ! -s ${pidFile} ]; do sleep 0.01; done; echo after`;
  const run = launched(t, await shimHost(t), { tape: sh(script, { flags: 0 }) });
  assert.equal((await run.record()).exitCode, 0);
  const left = Number(readFileSync(pidFile, 'utf8'));
  process.kill(left, 0);
  process.kill(left, SIGKILL);
  assert.equal(logged(criLines(run.logPath), 'stdout').toString(), 'before\nafter\n');
});

test('orphans of the container are reaped by its shim', async (t) => {
  const script = 'for i in 1 2 3 4 5; do (sh -c "sleep 0.05 & exit" &); done; echo forked; read x';
  const run = launched(t, await shimHost(t), { tape: sh(script, { flags: 0 }), stdin: true });
  const streams = await run.process.attach(ATTACH.stdin);
  await run.process.started;
  await until(() => statSync(run.logPath).size > 0, 'all are forked');
  const children = () => readFileSync(`/proc/${run.process.shimPid}/task/${run.process.shimPid}/children`, 'utf8').trim();
  await until(() => children() === String(run.process.pid), 'only init is left');
  streams.stdin.end();
  await run.record();
});

test('signals that end other programs do not end the shim', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('exec sleep 1000') });
  await run.process.started;
  const { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2 } = constants.signals;
  for (const signal of [SIGTERM, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2]) process.kill(run.process.shimPid!, signal);
  await sleep(50);
  run.process.signal(SIGKILL);
  assert.equal((await run.record()).exitCode, 137);
});

test('a shim is small: at most 300 KiB of memory of its own with ten running', async (t) => {
  const host = await shimHost(t);
  const runs = Array.from({ length: 10 }, () => launched(t, host, { tape: sh('seq 1 20000; exec sleep 1000') }));
  await Promise.all(runs.map((run) => run.process.started));
  await until(() => runs.every((run) => existsSync(run.logPath) && statSync(run.logPath).size > 500_000), 'they have logged');
  const pss = runs.map((run) =>
    Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${run.process.shimPid}/smaps_rollup`, 'utf8'))?.[1]),
  );
  t.diagnostic(`shim PSS: ${Math.max(...pss)} KiB`);
  assert.ok(Math.max(...pss) <= 300, `${pss.join()} KiB`);
});

test('many runs leave no descriptor, no child and no process behind', async (t) => {
  const host = await shimHost(t);
  const stateDir = join(tempDir(t), 's');
  const spent: number[] = [];
  const one = async (): Promise<void> => {
    const from = performance.now();
    const run = launched(t, host, { tape: programTape(['/bin/true']), stateDir });
    await run.record();
    spent.push(performance.now() - from);
  };
  await one();
  await until(() => host.children.size === 0, 'the first is reaped');
  const before_ = openFds().filter((fd) => !fd.includes('/tmp/'));
  for (let i = 0; i < ROUNDS; i += 1) await one();
  await until(() => host.children.size === 0, 'all are reaped');
  const open = () => openFds().filter((fd) => !fd.includes('/tmp/'));
  await until(() => open().length === before_.length, `as many files open as before: ${before_.length}, ${open().join()}`);
  const [children] = [readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim()];
  assert.equal(children, '');
  const p50 = spent.sort((a, b) => a - b)[spent.length >> 1]!;
  t.diagnostic(`launch to exit of /bin/true: p50 ${p50.toFixed(2)} ms of ${ROUNDS}`);
});

test('arguments the shim does not know are refused by name', async (t) => {
  const host = await shimHost(t);
  const stateDir = join(tempDir(t), 's');
  const log = { path: 'relative', maxBytes: 0, maxFiles: 1 };
  await assert.rejects(launched(t, host, { tape: programTape(['true']), stateDir, log }).process.started, {
    code: 'LAUNCH_FAILED',
    message: 'shim: log: EINVAL',
  });
  appendFileSync(join(stateDir, 'note'), '');
  assert.deepEqual(readdirSync(stateDir), ['note']);
});
