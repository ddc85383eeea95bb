import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findShims, waitingShims } from '#agent/containers/shims.js';
import type { RuntimeHost } from '#runtime/container/host.js';
import { dropShim, launchShim } from '#runtime/container/waiting-shim.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { buildShim, launched, sh, shimHost, terminalTape, until } from '#test/support/shim-host.js';
import { tempDir } from '#test/support/temp.js';

const ROOT = requires({ root: true });
const LOOP = 'while :; do sleep 0.1; done';

before(() => buildShim());

/** The pid of the one that waits, with its player. */
async function spareOf(host: RuntimeHost): Promise<number> {
  host.spare.keep();
  await until(() => waitingShims('/proc', host.owner).length === 1, 'a shim waits');
  const [pid = 0] = waitingShims('/proc', host.owner);
  await until(() => playerOf(pid) !== '', 'it has its player');
  return pid;
}

const playerOf = (pid: number): string => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();

test('the spare shim, its player running already, becomes the next container’s; then there is another', ROOT, async (t) => {
  const host = await shimHost(t);
  const spare = await spareOf(host);
  assert.match(readFileSync(`/proc/${playerOf(spare)}/cmdline`, 'utf8'), /^tsgov-init\0/);
  const player = playerOf(spare);
  const run = launched(t, host, { tape: sh(`echo out; echo err >&2; readlink /proc/self/fd/0; ${LOOP}`) });
  assert.equal(run.process.shimPid, spare);
  await run.process.started;
  await until(() => !existsSync(`/proc/${player}`), 'its player is gone');
  assert.equal(findShims('/proc').get(run.stateDir), spare);
  await until(() => waitingShims('/proc', host.owner).length === 1, 'the next one waits');
  assert.equal(host.children.size, 2);
  run.process.signal(9);
  const { exitCode, started } = await run.record();
  assert.deepEqual([exitCode, started], [137, true]);
  const log = readFileSync(run.logPath, 'utf8');
  assert.match(log, / stdout F out\n/);
  assert.match(log, / stderr F err\n/);
  assert.match(log, / stdout F \/dev\/null\n/);
  host.spare.close();
  await until(() => host.children.size === 0, 'closed, it ends');
});

test('a container that needs other stdio has a shim of its own', ROOT, async (t) => {
  const host = await shimHost(t);
  const spare = await spareOf(host);
  const terminal = launched(t, host, { tape: terminalTape(['true']), tty: true });
  const stdin = launched(t, host, { tape: sh('true'), stdin: true });
  const long = launched(t, host, {
    tape: sh('true'),
    stateDir: join(tempDir(t), ...Array.from({ length: 9 }, () => 'd'.repeat(250))),
  });
  for (const run of [terminal, stdin, long]) {
    assert.notEqual(run.process.shimPid, spare);
    assert.equal((await run.record()).exitCode, 0);
  }
  assert.deepEqual(waitingShims('/proc', host.owner), [spare]);
  host.spare.close();
});

test('a spare shim that was killed, or whose player was, is nobody’s trouble', ROOT, async (t) => {
  const host = await shimHost(t);
  const spare = await spareOf(host);
  process.kill(spare, 'SIGKILL');
  // Dead, and not known here yet: this turn of the event loop has not ended.
  while (!/\) Z /.test(readFileSync(`/proc/${spare}/stat`, 'utf8')));
  const run = launched(t, host, { tape: sh('exit 3') });
  assert.notEqual(run.process.shimPid, spare);
  assert.equal((await run.record()).exitCode, 3);
  const next = await spareOf(host);
  process.kill(Number(playerOf(next)), 'SIGKILL');
  await until(() => !existsSync(`/proc/${next}`), 'it ends with its player');
  const after = launched(t, host, { tape: sh('exit 4') });
  assert.equal((await after.record()).exitCode, 4);
  host.spare.close();
});

test('words that are none end it with its player', ROOT, async (t) => {
  const host = await shimHost(t);
  const pid = await spareOf(host);
  const shim = host.spare.take({ tty: false, stdin: false, inherit: [] }, 0);
  assert.equal(shim?.pid, pid);
  host.spare.close();
  const player = playerOf(pid);
  launchShim(host, shim, Buffer.from('no tape'), Buffer.from('id=x\0state=/nowhere\0tty=1\0'));
  await until(() => host.children.size === 0, 'it ends');
  await until(() => !existsSync(`/proc/${player}`), 'its player is gone');
  dropShim(shim);
});

test('an agent killed just after it told its spare shim what for: the next one waits until that has heard', ROOT, async (t) => {
  const agent = new LiveAgent();
  t.after(() => agent.stop());
  await agent.startAgent();
  const spare = await agent.until('a spare shim', () => waitingShims('/proc', agent.state)[0]);
  process.kill(spare, 'SIGSTOP');
  const body = { image: 'host:', name: 'w', command: ['sh', '-c', LOOP] };
  const answer = agent.api('POST', '/v1/containers?start=true', body).catch(() => 'none');
  await agent.until('it is told, and there is another', () => waitingShims('/proc', agent.state).length === 2);
  await agent.killAgent();
  assert.equal(await answer, 'none');
  await agent.until('the other ends', () => waitingShims('/proc', agent.state).length === 1);
  const lock = join(agent.state, 'agent.lock');
  const owner = readFileSync(lock, 'utf8');
  const ready = agent.startAgent();
  await agent.until('the next agent looks for what is there', () => !['', owner].includes(readFileSync(lock, 'utf8')));
  await sleep(100);
  process.kill(spare, 'SIGCONT');
  await ready;
  const { id, state } = agent.inspect('w');
  assert.equal(state.status, 'running');
  assert.equal(findShims('/proc').get(join(agent.state, 'containers', id)), spare);
});
