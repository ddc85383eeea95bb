import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import { kernelCpuUsec, kernelPids } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

const HOGS = 'while :; do :; done & while :; do :; done & while :; do :; done';

test('frozen processes, children included, use no CPU; thawed they go on', async () => {
  agent.ok('run', '-d', '--name', 'w', '--cpus', '0.5', 'host:', 'sh', '-c', HOGS);
  const view = agent.inspect('w');
  await agent.until('three hogs', () => kernelPids(view).length >= 3);
  agent.ok('freeze', 'w');
  assert.equal(agent.inspect('w').state.status, 'frozen');
  const frozenAt = kernelCpuUsec(view);
  await sleep(2000);
  assert.equal(kernelCpuUsec(view), frozenAt, 'CPU used while frozen');
  agent.ok('thaw', 'w');
  assert.equal(agent.inspect('w').state.status, 'running');
  await agent.until('CPU used again', () => kernelCpuUsec(view) > frozenAt + 50_000);
});

for (const [name, command, ends] of [
  ['stop', ['stop', '-t', '1'], 'exited'],
  ['kill', ['kill'], 'exited'],
  ['rm -f', ['rm', '-f'], undefined],
] as const) {
  test(`${name} of a frozen container works`, async () => {
    agent.ok('run', '-d', '--name', 'f', 'host:', 'sh', '-c', HOGS);
    agent.ok('freeze', 'f');
    agent.ok(...command, 'f');
    if (ends === undefined) {
      assert.notEqual(agent.tsgov('inspect', 'f').code, 0);
      return;
    }
    await agent.until('exited', () => agent.inspect('f').state.status === ends);
    assert.ok([137, 143].includes(agent.inspect('f').state.exitCode as number));
    agent.ok('rm', 'f');
  });
}

test('freeze --for thaws by itself, also across a kill of the agent', async () => {
  agent.ok('run', '-d', '--name', 'timed', 'host:', 'sleep', '1000');
  agent.ok('freeze', '--for', '3s', 'timed');
  await agent.killAgent();
  await agent.startAgent();
  await agent.until('thawed', () => agent.inspect('timed').state.status === 'running');
});

test('a freeze with an end, then frozen asked for as a limit: it stays frozen', async () => {
  agent.ok('run', '-d', '--name', 'longer', 'host:', 'sleep', '1000');
  agent.ok('freeze', '--for', '1s', 'longer');
  const answer = await agent.api('PATCH', '/v1/containers/longer/limits', { state: 'frozen' });
  assert.equal(answer.status, 200);
  await sleep(1500);
  assert.equal(agent.inspect('longer').state.status, 'frozen');
  agent.ok('thaw', 'longer');
  assert.equal(agent.inspect('longer').state.status, 'running');
});

for (const [name, command] of [
  ['thaw', ['thaw']],
  ['stop', ['stop', '-t', '1']],
  ['rm -f', ['rm', '-f']],
] as const)
  test(`cgroups nested in a container stand still with it, and ${name} reaches them`, async () => {
    agent.ok('run', '-d', '--name', 'nest', 'host:', 'sh', '-c', HOGS);
    const view = agent.inspect('nest');
    await agent.until('three hogs', () => kernelPids(view).length >= 3);
    for (const dir of cgroupDirs(view)) {
      mkdirSync(join(dir, 'in'));
      mkdirSync(join(dir, 'in/deep'));
      if (readInside(dir, 'in/cpuset.cpus') === '')
        for (const file of ['cpuset.cpus', 'cpuset.mems'])
          for (const below of ['in', 'in/deep'])
            writeFileSync(join(dir, below, file), readInside(dir, file) ?? '', { flag: 'r+' });
    }
    const moved = kernelPids(view).find((pid) => pid !== view.state.pid) as number;
    for (const dir of cgroupDirs(view)) writeFileSync(join(dir, 'in/deep/cgroup.procs'), String(moved), { flag: 'r+' });
    agent.ok('freeze', 'nest');
    const usedBy = () => ticks(moved);
    const before = usedBy();
    await sleep(500);
    assert.equal(usedBy(), before, 'CPU used in the nested cgroup while frozen');
    agent.ok(...command, 'nest');
    if (name === 'thaw') {
      await agent.until('CPU used again', () => usedBy() > before);
      agent.ok('rm', '-f', 'nest');
    } else {
      assert.equal(existsSync(`/proc/${moved}`), false, 'the nested process is still there');
      if (name === 'stop') agent.ok('rm', 'nest');
    }
    for (const dir of cgroupDirs(view)) assert.equal(existsSync(dir), false, dir);
  });

for (const which of ['the freezer in use', "a hybrid host's other freezer"] as const)
  test(`frozen by somebody else through ${which}: shown, and thawed`, hybridOnly(which), async () => {
    agent.ok('run', '-d', '--name', 'foreign', 'host:', 'sh', '-c', HOGS);
    const view = agent.inspect('foreign');
    const dir = (which === 'the freezer in use' ? view.cgroups.freezer : view.cgroups.unified) as string;
    setFrozen(dir, true);
    await agent.until('shown as frozen', () => agent.inspect('foreign').state.status === 'frozen');
    assert.deepEqual(frozenWhy(agent.inspect('foreign')), []);
    const frozenAt = kernelCpuUsec(view);
    agent.ok('thaw', 'foreign');
    assert.equal(agent.inspect('foreign').state.status, 'running');
    await agent.until('CPU used again', () => kernelCpuUsec(view) > frozenAt + 20_000);
    agent.ok('rm', '-f', 'foreign');
  });

test('a parent frozen by somebody else: the container says so, and thaw says whom to thaw', async () => {
  agent.ok('run', '-d', '--name', 'child', 'host:', 'sh', '-c', HOGS);
  const view = agent.inspect('child');
  const parent = dirname(view.cgroups.freezer as string);
  setFrozen(parent, true);
  try {
    await agent.until('shown as frozen', () => agent.inspect('child').state.status === 'frozen');
    assert.match(
      frozenWhy(agent.inspect('child'))[0] ?? '',
      new RegExp(`^ParentFrozen .*cgroup ${agent.cgroupParent} is frozen`),
    );
    const refused = agent.tsgov('thaw', 'child');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, new RegExp(`a parent of it is, ${agent.cgroupParent}; thaw that one`));
    assert.equal(agent.inspect('child').state.status, 'frozen');
  } finally {
    setFrozen(parent, false);
  }
  await agent.until('running again', () => agent.inspect('child').state.status === 'running');
  assert.deepEqual(frozenWhy(agent.inspect('child')), []);
  agent.ok('rm', '-f', 'child');
});

test('freezing what is frozen and thawing what is not: said, not done twice', () => {
  agent.ok('run', '-d', '--name', 'twice', 'host:', 'sleep', '1000');
  assert.notEqual(agent.tsgov('thaw', 'twice').code, 0);
  agent.ok('freeze', 'twice');
  assert.match(agent.tsgov('freeze', 'twice').stderr, /frozen/);
});

function cgroupDirs(view: ContainerView): string[] {
  return [...new Set(Object.values(view.cgroups))];
}

/** `undefined`: no such file there. */
function readInside(dir: string, file: string): string | undefined {
  const path = join(dir, file);
  return existsSync(path) ? readFileSync(path, 'latin1').trim() : undefined;
}

function setFrozen(dir: string, frozen: boolean): void {
  const v1 = existsSync(join(dir, 'freezer.state'));
  const [file, value] = v1 ? ['freezer.state', frozen ? 'FROZEN' : 'THAWED'] : ['cgroup.freeze', frozen ? '1' : '0'];
  writeFileSync(join(dir, file), value, { flag: 'r+' });
}

function hybridOnly(which: string): { skip?: string } {
  return which === 'the freezer in use' ? {} : requires({ cgroup: 'hybrid' });
}

/** Clock ticks a process has used, user and system. Source: proc_pid_stat(5). */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function frozenWhy(view: ContainerView): string[] {
  return view.conditions.filter(({ type }) => type === 'Frozen').map(({ reason, message }) => `${reason} ${message}`);
}
