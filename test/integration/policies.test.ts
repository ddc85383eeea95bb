import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { firstEvent } from '#test/support/first-event.js';
import { kernelFile, kernelLimits } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
// v2 takes any memory.max and kills for it.
const V1 = requires({ root: true, cgroup: ['v1', 'hybrid'], controller: ['memory', 'cpu', 'pids'], binary: 'python3' });
const MiB = 1 << 20;
let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start({ TSGOV_REASSERT: '200ms' });
});
after(() => agent?.stop());

/** Applies a policy given as a file; answers what was said. */
function apply(name: string, spec: object): string {
  return agent.tsgovWith({ input: policyText(name, spec) }, 'policy', 'apply', '-').stdout;
}

test('apply: the kernel’s files of a running container change; rm: they are what they were', ROOT, () => {
  const view = agent.runSleeper('p1', '--memory', '64m', '--pids-limit', '50');
  assert.deepEqual(kernelLimits(view), [64, 'max', '50']);
  const said = apply('p1', { match: { name: 'p1' }, limits: { memory: { max: '32MiB' }, cpu: { max: 0.5 } } });
  assert.match(said, /^p1: in force, matches p1$/m);
  assert.deepEqual(kernelLimits(view), [32, 0.5, '50']);
  const { limitSources, policies, limits } = agent.inspect('p1');
  assert.deepEqual(policies, ['p1']);
  assert.equal(limits.memory?.max, 32 * MiB);
  assert.equal(limitSources['memory.max'], 'policy/p1');
  assert.equal(limitSources['cpu.max'], 'policy/p1');
  assert.equal(limitSources['pids.max'], 'run');
  agent.ok('policy', 'rm', 'p1');
  assert.deepEqual(kernelLimits(view), [64, 'max', '50']);
  assert.deepEqual(agent.inspect('p1').policies, []);
});

test('priorities field by field; an override wins over both, and gives way when it is cleared', ROOT, () => {
  const view = agent.runSleeper('p2', '--memory', '64m');
  apply('p2-low', { match: { name: 'p2' }, priority: 1, limits: { memory: { max: '40m' }, pids: { max: 20 } } });
  apply('p2-high', { match: { name: 'p2' }, priority: 2, limits: { memory: { max: '30m' } } });
  assert.deepEqual(kernelLimits(view), [30, 'max', '20']);
  agent.ok('limit', 'p2', '--memory', '50m');
  assert.deepEqual(kernelLimits(view), [50, 'max', '20']);
  assert.deepEqual(agent.inspect('p2').policies, ['p2-low', 'p2-high']);
  agent.ok('limit', 'p2', '--clear');
  assert.deepEqual(kernelLimits(view), [30, 'max', '20']);
  apply('p2-high', { match: { name: 'p2' }, priority: 0, limits: { memory: { max: '30m' } } });
  assert.deepEqual(kernelLimits(view), [40, 'max', '20'], 'a policy that changed');
  agent.ok('policy', 'rm', 'p2-low', 'p2-high');
  assert.deepEqual(kernelLimits(view), [64, 'max', 'max']);
});

test('a container that starts under a policy never runs outside it; a rename changes which match', ROOT, () => {
  apply('p3', { match: { name: 'p3-*', label: { tier: 'batch' } }, limits: { pids: { max: 9 } } });
  const view = agent.runSleeper('p3-a', '--label', 'tier=batch');
  assert.equal(kernelFile(view, 'pids.max'), '9');
  assert.equal(kernelFile(agent.runSleeper('p3-b', '--label', 'tier=web'), 'pids.max'), 'max');
  agent.ok('rename', 'p3-a', 'other');
  assert.equal(kernelFile(view, 'pids.max'), 'max');
  agent.ok('rename', 'other', 'p3-c');
  assert.equal(kernelFile(view, 'pids.max'), '9');
  agent.ok('policy', 'rm', 'p3');
});

test('what somebody else writes is put back, and told', ROOT, async () => {
  const view = agent.runSleeper('p4');
  apply('p4', { match: { name: 'p4' }, limits: { pids: { max: 11 } } });
  const event = await firstEvent(agent, 'drift', () => writeFileSync(join(view.cgroups.pids ?? '', 'pids.max'), 'max'));
  assert.equal(kernelFile(view, 'pids.max'), '11');
  assert.equal(event.container?.name, 'p4');
  const { field, from, to, source, writerPid } = event.attributes;
  assert.deepEqual(
    { field, from, to, source, writerPid },
    { field: 'pids.max', from: 'max', to: 11, source: 'policy/p4', writerPid: process.pid },
  );
  agent.ok('policy', 'rm', 'p4');
});

test(
  'state: frozen freezes what runs and what starts, until a person thaws it, and lets go of what is stopped',
  ROOT,
  async () => {
    const frozen = (name: string) => agent.inspect(name).state.status === 'frozen';
    agent.runSleeper('p5');
    apply('p5', { match: { name: 'p5*' }, limits: { state: 'frozen' } });
    assert.ok(frozen('p5'));
    agent.ok('thaw', 'p5');
    assert.deepEqual([frozen('p5'), agent.inspect('p5').limitSources.state], [false, 'override']);
    agent.runSleeper('p5-new');
    await agent.until('frozen once it runs', () => frozen('p5-new'));
    // That it was frozen is the proof that policies were put in force meanwhile.
    assert.ok(!frozen('p5'), 'a person wins over policies');
    agent.ok('limit', 'p5', '--clear');
    assert.deepEqual([frozen('p5'), agent.inspect('p5').limitSources.state], [true, 'policy/p5']);
    agent.ok('stop', '-t', '5', 'p5-new');
    assert.equal(agent.inspect('p5-new').state.status, 'exited');
    agent.ok('policy', 'rm', 'p5');
    assert.equal(agent.inspect('p5').state.status, 'running');
  },
);

test('state: thawed lets a person freeze: it lasts over re-asserts, until thawed, cleared or started anew', ROOT, async () => {
  const state = () => {
    const { state: now, limitSources } = agent.inspect('p5b');
    return [now.status, limitSources.state];
  };
  agent.runSleeper('p5b');
  apply('p5b', { match: { name: 'p5b' }, limits: { state: 'thawed', pids: { max: 60 } } });
  agent.ok('freeze', 'p5b');
  assert.deepEqual(state(), ['frozen', 'override']);
  // Another's write that is put back shows that the container was looked after.
  const pids = join(agent.inspect('p5b').cgroups.pids ?? '', 'pids.max');
  writeFileSync(pids, '61');
  await agent.until('looked after', () => readFileSync(pids, 'utf8').trim() === '60');
  assert.deepEqual(state(), ['frozen', 'override']);
  agent.ok('thaw', 'p5b');
  assert.deepEqual(state(), ['running', 'policy/p5b']);
  agent.ok('freeze', 'p5b');
  agent.ok('limit', 'p5b', '--clear');
  assert.deepEqual(state(), ['running', 'policy/p5b']);
  agent.ok('freeze', 'p5b');
  agent.ok('restart', '-t', '0', 'p5b');
  assert.deepEqual(state(), ['running', 'policy/p5b']);
  agent.ok('policy', 'rm', 'p5b');
});

test('observe writes nothing, and says what it would write', ROOT, async () => {
  const view = agent.runSleeper('p6', '--memory', '64m');
  const event = await firstEvent(agent, 'policy', () => {
    apply('p6', { match: { name: 'p6' }, enforce: 'observe', limits: { memory: { max: '20m' } } });
  });
  assert.deepEqual(event.attributes, {
    enforce: 'observe',
    field: 'memory.max',
    from: 64 * MiB,
    fromSource: 'run',
    to: 20 * MiB,
    toSource: 'policy/p6',
  });
  assert.equal(kernelLimits(view)[0], 64);
  const { policies, limitSources, conditions } = agent.inspect('p6');
  assert.deepEqual(policies, ['p6']);
  assert.equal(limitSources['memory.max'], 'run');
  assert.ok(conditions.some(({ type, field }) => type === 'PolicyObserved' && field === 'memory.max'));
  apply('p6', { match: { name: 'p6' }, enforce: 'off', limits: { memory: { max: '20m' } } });
  assert.deepEqual(agent.inspect('p6').policies, []);
  agent.ok('policy', 'rm', 'p6');
});

test('what the kernel refuses changes nothing, is told where the policy is applied, and is tried again', V1, async () => {
  const holds = 'import time; x = b"x" * (60 << 20); print("up", flush=True); time.sleep(1000)';
  agent.ok('run', '-d', '--name', 'p13', '-m', '100m', 'host:', 'python3', '-c', holds);
  await agent.until('it holds 60 MiB', () => agent.ok('logs', 'p13') === 'up');
  const view = agent.inspect('p13');
  const text = policyText('p13', { match: { name: 'p13' }, limits: { memory: { max: '16m' }, pids: { max: 77 } } });
  const { code, stderr } = agent.tsgovWith({ input: text }, 'policy', 'apply', '-');
  assert.equal(code, 0);
  assert.match(stderr, /p13: policies are not in force as they stand: .*memory\.max.*EBUSY/);
  assert.deepEqual(kernelLimits(view), [100, 'max', 'max']);
  // It is tried again now and then, and is on record meanwhile.
  await agent.until('it is not in force', () => agent.inspect('p13').limitSources['pids.max'] === undefined);
  assert.deepEqual(
    agent
      .inspect('p13')
      .conditions.filter(({ type }) => type === 'PolicyFailed')
      .map(({ field }) => field),
    ['memory.max'],
  );
  apply('p13', { match: { name: 'p13' }, limits: { memory: { max: '90m' }, pids: { max: 77 } } });
  assert.deepEqual(kernelLimits(view), [90, 'max', '77']);
  assert.deepEqual(
    agent.inspect('p13').conditions.filter(({ type }) => type === 'PolicyFailed'),
    [],
  );
  agent.ok('policy', 'rm', 'p13');
});

test('a policy that this host cannot carry here is a condition, and the rest holds', ROOT, () => {
  agent.runSleeper('p12', '--cpus', '0.5');
  apply('p12', { match: { name: 'p12' }, limits: { cpu: { burst: '80ms' } } });
  apply('p12b', {
    match: { name: 'p12' },
    limits: { pids: { max: 5 }, io: { devices: [{ device: '/nonexistent', readBps: 1 }] } },
  });
  const view = agent.inspect('p12');
  assert.equal(kernelFile(view, 'pids.max'), '5');
  const types = view.conditions.map(({ type }) => type).filter((type) => type.startsWith('Policy'));
  assert.deepEqual(types.sort(), ['PolicyDeviceUnknown', 'PolicyRefused']);
  agent.ok('policy', 'rm', 'p12', 'p12b');
  assert.equal(readFileSync(join(view.cgroups.pids ?? '', 'pids.max'), 'utf8').trim(), 'max');
});
