import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from '#agent/client.js';
import type { PolicyDiff, PolicyList, PolicyView } from '#agent/contract/policy.js';
import { issueText } from '#agent/contract/policy-issue.js';
import { firstEvent } from '#test/support/first-event.js';
import { kernelFile, kernelLimits } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
const MiB = 1 << 20;
let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start({ TSGOV_REASSERT: '200ms' });
});
after(() => agent?.stop());

function write(file: string, text: string): void {
  mkdirSync(agent.policiesDir, { recursive: true });
  const path = join(agent.policiesDir, file);
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

async function list(): Promise<PolicyList> {
  return (await agent.api('GET', '/v1/policies')).body as PolicyList;
}

test('policies.d: a file is taken up, changed, kept when it breaks, let go when it goes', ROOT, async () => {
  const view = agent.runSleeper('p7', '--pids-limit', '90');
  const pids = () => kernelFile(view, 'pids.max');
  const file = (max: number) => policyText('p7', { match: { name: 'p7' }, limits: { pids: { max } } });
  write('p7.yaml', file(30));
  await agent.until('taken up', () => pids() === '30');
  write('p7.yaml', file(31));
  await agent.until('changed', () => pids() === '31');
  const event = await firstEvent(agent, 'policy-refuse', () => write('p7.yaml', file(32).replace('"pids"', '"pdis"')));
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

test('diff says what would change on which container, and changes nothing', ROOT, async () => {
  const view = agent.runSleeper('p8', '--memory', '64m');
  agent.runSleeper('p8-other', '--memory', '64m');
  const text = policyText('p8', { match: { name: 'p8' }, limits: { memory: { max: '20m' } } });
  const { stdout } = agent.tsgovWith({ input: text }, 'policy', 'diff', '-', '--format', 'json');
  const change = { field: 'memory.max', from: 64 * MiB, fromSource: 'run', to: 20 * MiB, toSource: 'policy/p8', observed: false };
  assert.deepEqual(
    (JSON.parse(stdout) as PolicyDiff['containers']).map(({ name, changes }) => [name, changes]),
    [['p8', [change]]],
  );
  assert.equal(kernelLimits(view)[0], 64);
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

test('a file too large to be sent is a fault at its beginning, whichever command reads it', ROOT, () => {
  const large = join(agent.dir, 'large.yaml');
  for (const [text, reason] of [
    ['a'.repeat(3_000_000), 'the file has 3000000 characters'],
    [`# ${'\u20ac'.repeat(400_000)}\n`, 'the file has 1200003 bytes'],
  ] as const) {
    writeFileSync(large, text);
    for (const command of [['apply'], ['validate'], ['diff'], ['test', '--replay']]) {
      const { code, stdout, stderr } = agent.tsgov('policy', ...command, large);
      assert.deepEqual([code, stdout, stderr], [1, '', `${large}:1:1: ${reason}; valid: at most 1048576\n`], command[0]);
    }
  }
});

test(
  'who sends a body too large hears that it is, however much is still to be sent; what is just not too large is taken',
  ROOT,
  async (t) => {
    const client = connect({ host: agent.socket });
    t.after(() => client.close());
    for (let times = 0; times < 10; times += 1)
      await assert.rejects(client.validatePolicies('x'.repeat(5_000_000)), { code: 'BODY_TOO_LARGE', status: 413 });
    const good = policyText('p16', { match: { name: 'p16' } });
    assert.equal((await client.validatePolicies(good.padEnd(1 << 20, '\n'))).valid, true);
  },
);

test('what is no UTF-8 is refused, in a file of policies.d and in one given', ROOT, async () => {
  const bytes = Buffer.from(policyText('p17', { match: { name: 'caf\u00e9' } }), 'latin1');
  const fault = `1:${bytes.indexOf(0xe9) + 1}: this is no UTF-8 from here on; valid: text in UTF-8`;
  const given = join(agent.dir, 'latin1.yaml');
  writeFileSync(given, bytes);
  const { code, stderr } = agent.tsgov('policy', 'validate', given);
  assert.deepEqual([code, stderr], [1, `${given}:${fault}\n`]);
  const path = join(agent.policiesDir, 'p17.yaml');
  writeFileSync(path, bytes);
  const refused = async () => (await list()).refused.find(({ file }) => file === path);
  await agent.until('refused', async () => (await refused()) !== undefined);
  assert.deepEqual((await refused())?.issues.map(issueText), [`${path}:${fault}`]);
  rmSync(path);
});

test('apply of several files: with a name that a file of policies.d has, none of them is put in force', ROOT, async () => {
  const of = (name: string) => policyText(name, { match: { name }, limits: { pids: { max: 9 } } });
  write('p14.yaml', of('p14'));
  await agent.until('p14 is there', async () => (await list()).policies.some(({ name }) => name === 'p14'));
  const first = join(agent.dir, 'first.yaml');
  const second = join(agent.dir, 'second.yaml');
  writeFileSync(first, of('p14a'));
  writeFileSync(second, `${of('p14b')}---\n${of('p14')}`);
  const taken = agent.tsgov('policy', 'apply', first, second);
  assert.equal(taken.code, 1);
  assert.equal(taken.stdout, '');
  assert.match(
    taken.stderr,
    /second\.yaml:3:\d{2}: metadata\.name: the policy p14 is that of \S+p14\.yaml: change that file; valid: a name of its own\n$/,
  );
  writeFileSync(second, of('p14a'));
  const twice = agent.tsgov('policy', 'apply', first, second);
  assert.equal(twice.code, 1);
  assert.match(twice.stderr, /second\.yaml:1:\d{2}: metadata\.name: the policy p14a is in \S+first\.yaml too/);
  assert.deepEqual(
    (await list()).policies.filter(({ name }) => /^p14./.test(name)),
    [],
  );
  rmSync(join(agent.policiesDir, 'p14.yaml'));
});

test(
  'apply of several files: where one cannot be put in force all the same, those that were before it are said',
  ROOT,
  async () => {
    const of = (name: string) => policyText(name, { match: { name }, limits: { pids: { max: 9 } } });
    // Nothing can be written where a directory is.
    const inTheWay = join(agent.root, 'policies', 'p15b.yaml');
    mkdirSync(inTheWay);
    const { code, stdout, stderr } = agent.tsgovWith(
      { input: ['p15a', 'p15b', 'p15c'].map(of).join('---\n') },
      'policy',
      'apply',
      '-',
    );
    rmSync(inTheWay, { recursive: true });
    assert.equal(code, 1);
    assert.equal(stdout, 'p15a: in force, matches no container yet\n');
    assert.match(stderr, /\n {2}in force: p15a; not put in force: p15b, p15c\n$/);
    assert.deepEqual(
      (await list()).policies.map(({ name }) => name).filter((name) => name.startsWith('p15')),
      ['p15a'],
    );
  },
);

test(
  'what is acknowledged survives kill -9; a policy that goes while no agent runs is undone by the next one',
  ROOT,
  async () => {
    const text = `# kept as it was written\n${policyText('p11', { match: { name: 'p11' }, limits: { pids: { max: 13 } } })}`;
    const view = agent.runSleeper('p11', '--pids-limit', '70');
    agent.tsgovWith({ input: text }, 'policy', 'apply', '-');
    write('p11b.yaml', policyText('p11b', { match: { name: 'p11' }, limits: { memory: { max: '48m' } } }));
    await agent.until('both', () => kernelLimits(view)[0] === 48 && kernelLimits(view)[2] === '13');
    await agent.killAgent('SIGKILL');
    rmSync(join(agent.policiesDir, 'p11b.yaml'));
    writeFileSync(join(view.cgroups.pids ?? '', 'pids.max'), '99');
    await agent.startAgent();
    assert.equal(agent.ok('policy', 'get', 'p11'), text.trim());
    await agent.until('put back', () => kernelFile(view, 'pids.max') === '13' && kernelLimits(view)[0] === 'max');
    agent.ok('policy', 'rm', 'p11');
    assert.equal(kernelFile(view, 'pids.max'), '70');
  },
);
