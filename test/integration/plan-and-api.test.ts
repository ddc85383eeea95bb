import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

test('POST /v1/containers?start=true with the body of the contract does what run -d does', async () => {
  const created = await agent.api('POST', '/v1/containers?start=true', {
    name: 'api',
    image: 'host:',
    command: ['sh', '-c', 'echo "$GREETING"; pwd; id -u; hostname; exec sleep 1000'],
    env: ['GREETING=hi'],
    labels: { tier: 'batch' },
    workdir: '/tmp',
    user: '1000',
    hostname: 'box',
    restart: 'no',
    network: 'none',
    capDrop: ['ALL'],
    securityOpt: ['no-new-privileges'],
    ulimits: ['nofile=100:200'],
    sysctls: { 'net.ipv4.ip_forward': '1' },
    mounts: [{ type: 'tmpfs', target: '/scratch', options: ['size=1m'] }],
    limits: { memory: { max: '32MiB' }, cpu: { max: 0.5 }, pids: { max: 16 } },
  });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  assert.match((created.body as { id: string }).id, /^[0-9a-f]{64}$/);
  const view = (await agent.api('GET', '/v1/containers/api')).body as ContainerView;
  assert.equal(view.state.status, 'running');
  assert.equal(Number(kernelFile(view, 'memory.max')), 32 << 20);
  assert.deepEqual(view.labels, { tier: 'batch' });
  await agent.until('its output', () => agent.ok('logs', 'api').split('\n').length >= 4);
  assert.equal(agent.ok('logs', 'api'), 'hi\n/tmp\n1000\nbox');
});

for (const [name, body, field] of [
  ['unknown field', { image: 'host:', colour: 'red' }, /colour/],
  ['wrong type', { image: 'host:', command: 'true' }, /command/],
  ['unknown limit', { image: 'host:', limits: { memory: { maximum: 1 } } }, /limits\.memory(\.maximum)?/],
  ['bad size', { image: 'host:', limits: { memory: { max: 'lots' } } }, /limits\.memory\.max/],
  ['bad name', { image: 'host:', name: 'no spaces' }, /name/],
  ['no image', { command: ['true'] }, /image/],
  ['bad capability', { image: 'host:', command: ['true'], capAdd: ['FLY'] }, /capAdd/],
  ['bad restart', { image: 'host:', restart: 'sometimes' }, /restart/],
] as [string, unknown, RegExp][]) {
  test(`a wrong body is a 400 problem+json that names the field: ${name}`, async () => {
    const answer = await agent.api('POST', '/v1/containers?start=true', body);
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    assert.match(answer.type, /application\/problem\+json/);
    const problem = answer.body as { code: string; field: string; detail: string };
    assert.match(problem.code, /^[A-Z_]+$/);
    assert.match(problem.field, field);
  });
}

test('plan prints the tape with origins', () => {
  agent.ok('create', '--name', 'planned', '-v', `${agent.dir}:/data:ro`, 'host:', 'true');
  const plan = agent.ok('plan', 'planned');
  assert.match(plan, /pivotRoot/);
  assert.match(plan, /mounts\[\d+\]/);
  assert.match(plan, /process\.args/);
  assert.match(plan, /exec/);
});

test('what breaks while the tape is played names the field of config.json', () => {
  const view = agent.inspect('planned');
  const path = join(view.bundle, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as { mounts: { source?: string; destination: string; type?: string }[] };
  const index = config.mounts.findIndex((mount) => mount.destination === '/data');
  const broken = config.mounts[index];
  assert.ok(broken !== undefined);
  broken.source = '/no/such/source';
  writeFileSync(path, JSON.stringify(config));
  const result = agent.tsgov('start', 'planned');
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, new RegExp(`mounts\\[${index}\\].*ENOENT`));
});
