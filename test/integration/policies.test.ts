import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from '#agent/client.js';
import type { ContainerView, EventView } from '#agent/contract/container.js';
import type { PolicyDiff, PolicyList, PolicyView } from '#agent/contract/policy.js';
import { kernelCpuMax, kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
// v2 takes any memory.max and kills for it.
const V1 = requires({ root: true, cgroup: ['v1', 'hybrid'], controller: ['memory', 'cpu', 'pids'], binary: 'python3' });
const MiB = 1 << 20;
// The agent inherits it.
process.env.TSGOV_REASSERT = '200ms';
let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

function run(name: string, ...flags: string[]): ContainerView {
  agent.ok('run', '-d', '--name', name, ...flags, 'host:', 'sleep', '1000');
  return agent.inspect(name);
}

/** Memory in MiB, cores, processes. */
function kernel(view: ContainerView): [number | 'max', number | 'max', string] {
  const bytes = Number(kernelFile(view, 'memory.max'));
  // v1 says "no limit" by the largest page-aligned number.
  const mib = bytes < 2 ** 60 ? bytes / MiB : 'max';
  return [mib, kernelCpuMax(view), kernelFile(view, 'pids.max')];
}

/** Applies a policy given as a file; answers what was said. */
function apply(name: string, spec: object): string {
  return agent.tsgovWith({ input: policyText(name, spec) }, 'policy', 'apply', '-').stdout;
}

function write(file: string, text: string): void {
  mkdirSync(agent.policiesDir, { recursive: true });
  const path = join(agent.policiesDir, file);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

async function list(): Promise<PolicyList> {
  return (await agent.api('GET', '/v1/policies')).body as PolicyList;
}

/** The first event of a type that comes of `act`. */
async function eventOf(type: string, act: () => void | Promise<void>): Promise<EventView> {
  const client = connect({ host: agent.socket });
  const since = new Date().toISOString();
  await act();
  try {
    for await (const event of client.events({ since, signal: AbortSignal.timeout(60_000) }))
      if (event.type === type) return event;
    throw new Error(`no event ${type} came`);
  } finally {
    client.close();
  }
}

test('apply: the kernel’s files of a running container change; rm: they are what they were', ROOT, () => {
  const view = run('p1', '--memory', '64m', '--pids-limit', '50');
  assert.deepEqual(kernel(view), [64, 'max', '50']);
  const said = apply('p1', { match: { name: 'p1' }, limits: { memory: { max: '32MiB' }, cpu: { max: 0.5 } } });
  assert.match(said, /^p1: in force, matches p1$/m);
  assert.deepEqual(kernel(view), [32, 0.5, '50']);
  const { limitSources, policies, limits } = agent.inspect('p1');
  assert.deepEqual(policies, ['p1']);
  assert.equal(limits.memory?.max, 32 * MiB);
  assert.equal(limitSources['memory.max'], 'policy/p1');
  assert.equal(limitSources['cpu.max'], 'policy/p1');
  assert.equal(limitSources['pids.max'], 'run');
  agent.ok('policy', 'rm', 'p1');
  assert.deepEqual(kernel(view), [64, 'max', '50']);
  assert.deepEqual(agent.inspect('p1').policies, []);
});

test('priorities field by field; an override wins over both, and gives way when it is cleared', ROOT, () => {
  const view = run('p2', '--memory', '64m');
  apply('p2-low', { match: { name: 'p2' }, priority: 1, limits: { memory: { max: '40m' }, pids: { max: 20 } } });
  apply('p2-high', { match: { name: 'p2' }, priority: 2, limits: { memory: { max: '30m' } } });
  assert.deepEqual(kernel(view), [30, 'max', '20']);
  agent.ok('limit', 'p2', '--memory', '50m');
  assert.deepEqual(kernel(view), [50, 'max', '20']);
  assert.deepEqual(agent.inspect('p2').policies, ['p2-low', 'p2-high']);
  agent.ok('limit', 'p2', '--clear');
  assert.deepEqual(kernel(view), [30, 'max', '20']);
  apply('p2-high', { match: { name: 'p2' }, priority: 0, limits: { memory: { max: '30m' } } });
  assert.deepEqual(kernel(view), [40, 'max', '20'], 'a policy that changed');
  agent.ok('policy', 'rm', 'p2-low', 'p2-high');
  assert.deepEqual(kernel(view), [64, 'max', 'max']);
});

test('a container that starts under a policy never runs outside it; a rename changes which match', ROOT, () => {
  apply('p3', { match: { name: 'p3-*', label: { tier: 'batch' } }, limits: { pids: { max: 9 } } });
  const view = run('p3-a', '--label', 'tier=batch');
  assert.equal(kernelFile(view, 'pids.max'), '9');
  assert.equal(kernelFile(run('p3-b', '--label', 'tier=web'), 'pids.max'), 'max');
  agent.ok('rename', 'p3-a', 'other');
  assert.equal(kernelFile(view, 'pids.max'), 'max');
  agent.ok('rename', 'other', 'p3-c');
  assert.equal(kernelFile(view, 'pids.max'), '9');
  agent.ok('policy', 'rm', 'p3');
});

test('what somebody else writes is put back, and told', ROOT, async () => {
  const view = run('p4');
  apply('p4', { match: { name: 'p4' }, limits: { pids: { max: 11 } } });
  const event = await eventOf('drift', () => writeFileSync(join(view.cgroups.pids ?? '', 'pids.max'), 'max'));
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
    run('p5');
    apply('p5', { match: { name: 'p5*' }, limits: { state: 'frozen' } });
    assert.ok(frozen('p5'));
    agent.ok('thaw', 'p5');
    assert.deepEqual([frozen('p5'), agent.inspect('p5').limitSources.state], [false, 'override']);
    run('p5-new');
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
  run('p5b');
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
  const view = run('p6', '--memory', '64m');
  const event = await eventOf('policy', () => {
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
  assert.equal(kernel(view)[0], 64);
  const { policies, limitSources, conditions } = agent.inspect('p6');
  assert.deepEqual(policies, ['p6']);
  assert.equal(limitSources['memory.max'], 'run');
  assert.ok(conditions.some(({ type, field }) => type === 'PolicyObserved' && field === 'memory.max'));
  apply('p6', { match: { name: 'p6' }, enforce: 'off', limits: { memory: { max: '20m' } } });
  assert.deepEqual(agent.inspect('p6').policies, []);
  agent.ok('policy', 'rm', 'p6');
});

test('policies.d: a file is taken up, changed, kept when it breaks, let go when it goes', ROOT, async () => {
  const view = run('p7', '--pids-limit', '90');
  const pids = () => kernelFile(view, 'pids.max');
  const file = (max: number) => policyText('p7', { match: { name: 'p7' }, limits: { pids: { max } } });
  write('p7.yaml', file(30));
  await agent.until('taken up', () => pids() === '30');
  write('p7.yaml', file(31));
  await agent.until('changed', () => pids() === '31');
  const event = await eventOf('policy-refuse', () => write('p7.yaml', file(32).replace('"pids"', '"pdis"')));
  assert.match(String(event.attributes.message), /p7\.yaml:1:\d+: spec\.limits\.pdis: unknown field .*did you mean pids/);
  assert.equal(event.attributes.lastGood, true);
  assert.equal(pids(), '31');
  const { policies, refused } = await list();
  assert.equal(policies.find(({ name }) => name === 'p7')?.source, join(agent.policiesDir, 'p7.yaml'));
  assert.deepEqual(
    refused.map(({ lastGood, issues }) => [lastGood, issues[0]?.field]),
    [[true, 'spec.limits.pdis']],
  );
  const ls = agent.tsgov('policy', 'ls');
  assert.match(ls.stdout, /^p7 .*p7\.yaml$/m);
  assert.match(ls.stderr, /p7\.yaml is refused, what it said before stays in force/);
  const put = await agent.api('PUT', '/v1/policies/p7', JSON.parse(file(33)));
  assert.deepEqual([put.status, (put.body as { code: string }).code], [409, 'POLICY_IN_FILE']);
  rmSync(join(agent.policiesDir, 'p7.yaml'));
  await agent.until('let go', () => pids() === '90');
  await agent.until('nothing refused', async () => (await list()).refused.length === 0);
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
  assert.deepEqual(kernel(view), [100, 'max', 'max']);
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
  assert.deepEqual(kernel(view), [90, 'max', '77']);
  assert.deepEqual(
    agent.inspect('p13').conditions.filter(({ type }) => type === 'PolicyFailed'),
    [],
  );
  agent.ok('policy', 'rm', 'p13');
});

test('diff says what would change on which container, and changes nothing', ROOT, async () => {
  const view = run('p8', '--memory', '64m');
  run('p8-other', '--memory', '64m');
  const text = policyText('p8', { match: { name: 'p8' }, limits: { memory: { max: '20m' } } });
  const { stdout } = agent.tsgovWith({ input: text }, 'policy', 'diff', '-', '--format', 'json');
  const change = { field: 'memory.max', from: 64 * MiB, fromSource: 'run', to: 20 * MiB, toSource: 'policy/p8', observed: false };
  assert.deepEqual(
    (JSON.parse(stdout) as PolicyDiff['containers']).map(({ name, changes }) => [name, changes]),
    [['p8', [change]]],
  );
  assert.equal(kernel(view)[0], 64);
  assert.deepEqual(
    (await list()).policies.filter(({ name }) => name === 'p8'),
    [],
  );
  assert.match(
    agent.tsgovWith({ input: text }, 'policy', 'diff', '-').stdout,
    /^p8 +memory\.max +67108864 \(run\) +20971520 \(policy\/p8\)/m,
  );
});

test('validate and apply say all that is wrong, by file, line and column, and apply then changes nothing', ROOT, async () => {
  const path = join(agent.dir, 'bad.yaml');
  const good = policyText('p9', { match: { name: 'p9' } });
  writeFileSync(
    path,
    `${good}---\napiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: p9b}\nspec:\n  match: {nmae: x}\n  priority: 1.5\n`,
  );
  for (const verb of ['validate', 'apply', 'diff']) {
    const { code, stdout, stderr } = agent.tsgov('policy', verb, path);
    assert.equal(code, 1, verb);
    assert.equal(stdout, '');
    assert.deepEqual(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/; valid:.*/, '')),
      [`${path}:7:11: spec.match.nmae: unknown field "nmae"`, `${path}:8:13: spec.priority: 1.5 does not fit`],
    );
  }
  assert.deepEqual(
    (await list()).policies.filter(({ name }) => name.startsWith('p9')),
    [],
  );
  assert.equal(agent.tsgovWith({ input: good }, 'policy', 'validate', '-').code, 0);
});

test('the API: YAML and JSON, names that do not fit, nothing there', ROOT, async () => {
  const spec = {
    match: { name: 'p10' },
    limits: { cpu: { max: 1 } },
    rules: [{ name: 'r', when: { signal: 'cpu.usage', above: 1 }, do: [{ notify: {} }] }],
  };
  const put = await agent.api('PUT', '/v1/policies/p10', JSON.parse(policyText('p10', spec)));
  assert.equal(put.status, 200);
  const view = put.body as PolicyView;
  assert.deepEqual(view.conditions, []);
  assert.deepEqual((await agent.api('GET', '/v1/policies/p10')).body, view);
  const code = async (method: string, path: string, body?: unknown) => {
    const answer = await agent.api(method, path, body);
    return [answer.status, (answer.body as { code?: string }).code, (answer.body as { field?: string }).field];
  };
  assert.deepEqual(await code('PUT', '/v1/policies/other', JSON.parse(policyText('p10', spec))), [
    400,
    'POLICY_INVALID',
    'metadata.name',
  ]);
  assert.deepEqual(await code('PUT', '/v1/policies/p10', { spec: 5 }), [400, 'POLICY_INVALID', 'apiVersion']);
  assert.deepEqual(await code('PUT', '/v1/policies/p10'), [400, 'BODY_INVALID', 'body']);
  assert.deepEqual(await code('GET', '/v1/policies/none'), [404, 'POLICY_NOT_FOUND', undefined]);
  assert.deepEqual(await code('DELETE', '/v1/policies/none'), [404, 'POLICY_NOT_FOUND', undefined]);
  assert.equal((await agent.api('DELETE', '/v1/policies/p10')).status, 204);
});

test(
  'what is acknowledged survives kill -9; a policy that goes while no agent runs is undone by the next one',
  ROOT,
  async () => {
    const text = `# kept as it was written\n${policyText('p11', { match: { name: 'p11' }, limits: { pids: { max: 13 } } })}`;
    const view = run('p11', '--pids-limit', '70');
    agent.tsgovWith({ input: text }, 'policy', 'apply', '-');
    write('p11b.yaml', policyText('p11b', { match: { name: 'p11' }, limits: { memory: { max: '48m' } } }));
    await agent.until('both', () => kernel(view)[0] === 48 && kernel(view)[2] === '13');
    await agent.killAgent('SIGKILL');
    rmSync(join(agent.policiesDir, 'p11b.yaml'));
    writeFileSync(join(view.cgroups.pids ?? '', 'pids.max'), '99');
    await agent.startAgent();
    assert.equal(agent.ok('policy', 'get', 'p11'), text.trim());
    await agent.until('put back', () => kernelFile(view, 'pids.max') === '13' && kernel(view)[0] === 'max');
    agent.ok('policy', 'rm', 'p11');
    assert.equal(kernelFile(view, 'pids.max'), '70');
  },
);

test('a policy that this host cannot carry here is a condition, and the rest holds', ROOT, () => {
  run('p12', '--cpus', '0.5');
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
