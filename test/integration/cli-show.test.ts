import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { ContainerView, EventView, StatsView } from '#agent/contract/container.js';
import type { HostFeature, NodeView } from '#agent/contract/node.js';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
  agent.ok('run', '-d', '--name', 'w', '--label', 'tier=batch', '--memory', '64m', '--cpus', '0.5', 'host:', 'sleep', '1000');
  agent.tsgov('run', '--name', 'done', 'host:', 'sh', '-c', 'echo one; echo two >&2; echo three; exit 3');
  agent.ok('create', '--name', 'new', 'host:', 'true');
});
after(() => agent.stop());

test('ps: running ones, all, ids, names, filters', () => {
  assert.match(
    agent.ok('ps'),
    /^CONTAINER ID {3}IMAGE {3}COMMAND +CREATED +STATUS +NAMES\n[0-9a-f]{12} {3}host: {3}"sleep 1000" .* ago {3}Up .* {3}w$/,
  );
  assert.deepEqual(agent.ok('ps', '-a', '--format', 'names').split('\n'), ['new', 'done', 'w']);
  assert.match(agent.ok('ps', '-a'), /Exited \(3\) .* ago +done/);
  assert.match(agent.ok('ps', '-q', '--no-trunc'), /^[0-9a-f]{64}$/);
  assert.match(agent.ok('ps', '-aq'), /^([0-9a-f]{12}\n){2}[0-9a-f]{12}$/);
  assert.equal(agent.ok('ps', '-a', '--format', 'names', '-f', 'label=tier=batch'), 'w');
  assert.equal(agent.ok('ps', '--format', 'names', '-f', 'exited=3'), 'done');
  assert.equal(agent.ok('ps', '--format', 'names', '-f', 'status=created'), 'new');
  assert.equal(agent.ok('ps', '--format', 'names', '-l'), 'new');
  assert.equal(agent.ok('ps', '--format', 'names', '-n', '2'), 'new\ndone');
});

test('ps and inspect as json and yaml are one document each, of the same containers', () => {
  const json = JSON.parse(agent.ok('ps', '-a', '--format', 'json')) as ContainerView[];
  assert.deepEqual(
    json.map((each) => each.name),
    ['new', 'done', 'w'],
  );
  assert.deepEqual(parse(agent.ok('inspect', 'done', '--format', 'yaml')), JSON.parse(agent.ok('inspect', 'done')));
  assert.deepEqual(
    (parse(agent.ok('ps', '--format', 'yaml')) as ContainerView[]).map((each) => each.name),
    ['w'],
  );
  assert.deepEqual(JSON.parse(agent.ok('ps', '--format', 'json', '-f', 'name=nobody')), []);
});

test('templates as Docker has them; table and text are each other where there is one of them', () => {
  assert.equal(
    agent.ok('inspect', '-f', '{{.State.Status}} {{.Limits.Memory.Max}}', 'w', 'done'),
    'running 67108864\nexited <no value>',
  );
  assert.equal(agent.ok('ps', '-a', '--format', '{{.Names}}: {{.State}}'), 'new: created\ndone: exited\nw: running');
  assert.match(agent.ok('ps', '--format', 'table {{.ID}}\\t{{.Labels}}'), /^CONTAINER ID {3}LABELS\n[0-9a-f]{12} {3}tier=batch$/);
  assert.equal(
    agent.ok('info', '-f', '{{.Cgroup.Parent}}'),
    (JSON.parse(agent.ok('info', '--format', 'json')) as NodeView).cgroup.parent,
  );
  assert.match(agent.tsgov('ps', '--format', '{{range .Mounts}}{{end}}').stderr, /range \.Mounts.*hint: /s);
  assert.equal(agent.ok('version', '--format', 'table'), agent.ok('version', '--format', 'text'));
});

test('containers are found by name, id and the start of an id', () => {
  const { id } = agent.inspect('w');
  for (const ref of ['w', id, id.slice(0, 12)]) assert.equal(agent.inspect(ref).name, 'w');
});

test('logs: both streams where they belong, tail, times, since and until', () => {
  assert.deepEqual(agent.tsgov('logs', 'done'), { code: 0, stdout: 'one\nthree\n', stderr: 'two\n' });
  agent.ok('run', '--name', 'counts', 'host:', 'seq', '5');
  assert.equal(agent.tsgov('logs', '--tail', '2', 'counts').stdout, '4\n5\n');
  agent.ok('rm', 'counts');
  assert.equal(agent.tsgov('logs', '-n', '0', 'done').stdout, '');
  assert.equal(agent.tsgov('logs', '-n', 'all', 'done').stdout, 'one\nthree\n');
  assert.match(agent.tsgov('logs', '-t', 'done').stdout, /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S+ (one|three)\n){2}$/);
  assert.equal(agent.tsgov('logs', '--since', '1h', 'done').stdout, 'one\nthree\n');
  assert.equal(agent.tsgov('logs', '--until', '1h', 'done').stdout, '');
  assert.equal(agent.tsgov('logs', '--since', '2999-01-01', 'done').stdout, '');
});

test('logs -f goes on until the container ends', async () => {
  agent.ok('run', '-d', '--name', 'ticks', 'host:', 'sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.3; done');
  assert.equal(agent.tsgov('logs', '-f', 'ticks').stdout, '1\n2\n3\n');
  agent.ok('rm', 'ticks');
});

test('stats: the table, json a line a sample, one document with --no-stream', () => {
  assert.match(
    agent.ok('stats', '--no-stream'),
    /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS\n[0-9a-f]{12} +w +[\d.]+% +[\d.]+[KM]iB \/ 64MiB +[\d.]+% .* 1$/,
  );
  const [sample] = JSON.parse(agent.ok('stats', '--no-stream', '--format', 'json', 'w')) as StatsView[];
  assert.equal(sample?.name, 'w');
  assert.ok(sample?.memory.currentBytes !== undefined);
  assert.equal(agent.ok('stats', '-q'), agent.ok('ps', '-q'));
  assert.equal(agent.tsgov('stats', '--no-stream', 'nobody').code, 1);
});

test('stats goes on, a sample a second, until its reader has enough', () => {
  const result = spawnSync('bash', ['-c', `${process.execPath} ${TSGOV} stats --format json w | head -2`], {
    env: agent.env,
    encoding: 'utf8',
  });
  const samples = result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StatsView);
  assert.equal(samples.length, 2);
  assert.ok(Date.parse(samples[1]!.time) > Date.parse(samples[0]!.time));
});

test('events: what happened, in order, filtered, as text and as json a line', async () => {
  agent.ok('run', '--rm', '--name', 'eventful', 'host:', 'true');
  const lines = agent
    .ok('events', '--since', '10m', '--until', '0s', '--filter', 'container=eventful', '--format', 'json')
    .split('\n');
  const types = lines.map((line) => (JSON.parse(line) as EventView).type);
  for (const type of ['create', 'start', 'die', 'destroy']) assert.ok(types.includes(type), `${type} in ${types.join(' ')}`);
  assert.ok(types.indexOf('start') < types.indexOf('die'));
  const text = agent.ok('events', '--since', '10m', '--until', '0s', '-f', 'container=eventful', '-f', 'event=die');
  assert.match(text, /^\S+ container die [0-9a-f]{64} \(image=host:, name=eventful, .*exitCode=0.*\)$/);
});

test('events are live', async () => {
  const child = agent.spawn(['events', '--format', 'json', '-f', 'event=freeze']);
  await sleep(700);
  agent.ok('freeze', 'w');
  const [line] = await new Promise<string[]>((resolve) =>
    child.stdout?.once('data', (chunk) => resolve(String(chunk).split('\n'))),
  );
  assert.equal((JSON.parse(line!) as EventView).container?.name, 'w');
  child.kill('SIGTERM');
  agent.ok('thaw', 'w');
});

test('freeze and thaw, by their Docker names too', () => {
  assert.equal(agent.ok('pause', 'w'), 'w');
  assert.match(agent.ok('ps', '-f', 'status=paused'), /\(Frozen\)/);
  assert.equal(agent.ok('unpause', 'w'), 'w');
  assert.equal(agent.inspect('w').state.status, 'running');
});

test('limit prints what is in force, who set it, and what the host cannot carry', () => {
  const text = agent.ok('limit', 'w', '--memory', '128m', '--pids-limit', '50');
  assert.match(text, /^w +memory\.max +128MiB +override$/m);
  assert.match(text, /^w +cpu\.max +0\.5 +run$/m);
  assert.match(text, /^w +pids\.max +50 +override$/m);
  assert.match(agent.ok('update', 'w'), /^w +memory\.max +128MiB +override$/m);
  const [shown] = JSON.parse(agent.ok('limit', 'w', '--format', 'json')) as Pick<ContainerView, 'limits' | 'limitSources'>[];
  assert.equal(shown?.limits.memory?.max, 128 << 20);
  assert.match(agent.ok('limit', '--clear', 'w'), /^w +memory\.max +64MiB +run$/m);
});

test('limit: one value refused, nothing changed, the reason and the flag named', () => {
  const before = agent.inspect('w').limits;
  const result = agent.tsgov('limit', 'w', '--pids-limit', '10', '--memory', '1b');
  assert.equal(result.code, 1);
  assert.match(result.stderr, /memory.*flag --memory/s);
  assert.deepEqual(agent.inspect('w').limits, before);
});

test('plan, info, version', () => {
  assert.match(agent.ok('plan', 'w'), /^# +ORIGIN +STEP\n/);
  assert.ok((JSON.parse(agent.ok('plan', 'w', '--format', 'json')) as unknown[]).length > 20);
  const node = JSON.parse(agent.ok('info', '--format', 'json')) as NodeView;
  assert.equal(node.root, agent.root);
  assert.match(agent.ok('info'), /^Containers: 3\n Running: 1\n/);
  assert.match(agent.ok('version'), /^tsgov \d+\.\d+\.\d+$/);
  assert.match(agent.ok('version', '--agent'), /\nagent \d+\.\d+\.\d+ \(kernel /);
});

test('doctor needs no agent; json has every feature with its cost and remedy', () => {
  const result = agent.tsgovWith({ env: { TSGOV_STATE: '/nowhere' } }, 'doctor', '--format', 'json');
  assert.equal(result.code, 0, result.stderr);
  const features = JSON.parse(result.stdout) as HostFeature[];
  for (const each of features.filter((feature) => feature.status !== 'ok'))
    assert.ok(each.cost !== '' && each.remedy !== '', each.name);
  assert.match(agent.ok('doctor'), /\d+ ok, \d+ limited, \d+ missing\. Containers can run here\.$/);
});

test('rename, wait, restart, kill and stop say what they did', () => {
  agent.ok('run', '-d', '--name', 'old', 'host:', 'sleep', '1000');
  agent.ok('rename', 'old', 'renamed');
  assert.equal(agent.ok('restart', '-t', '1', 'renamed'), 'renamed');
  assert.equal(agent.ok('kill', '-s', 'KILL', 'renamed'), 'renamed');
  assert.equal(agent.ok('wait', 'renamed'), '137');
  assert.equal(agent.ok('start', 'renamed'), 'renamed');
  assert.equal(agent.ok('stop', '--time', '1', 'renamed'), 'renamed');
  assert.equal(agent.ok('rm', 'renamed'), 'renamed');
});

test('global flags are taken before and after the command', () => {
  const bare = { TSGOV_STATE: '/nowhere', TSGOV_HOST: '' };
  assert.equal(agent.tsgovWith({ env: bare }, 'ps', '-q').code, 1);
  assert.equal(agent.tsgovWith({ env: bare }, '--state', agent.state, 'ps', '-q').code, 0);
  assert.equal(agent.tsgovWith({ env: bare }, 'ps', '-q', '--state', agent.state).code, 0);
  assert.equal(agent.tsgovWith({ env: bare }, 'ps', '-q', '--host', `unix://${agent.socket}`).code, 0);
});

test('completion scripts are good shell, and bash completes commands, flags and containers', () => {
  const script = agent.ok('completion', 'bash');
  assert.equal(spawnSync('bash', ['-n'], { input: script }).status, 0);
  writeFileSync(`${agent.dir}/completion`, script);
  const complete = (...words: string[]) => {
    const body = `tsgov() { ${process.execPath} ${TSGOV} "$@"; }; source ${agent.dir}/completion; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _tsgov; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', body], { env: agent.env, encoding: 'utf8' }).stdout.trim().split('\n');
  };
  assert.deepEqual(complete('tsgov', 'fre'), ['freeze']);
  assert.deepEqual(complete('tsgov', 'run', '--memory-s'), ['--memory-swap', '--memory-swap-max']);
  assert.deepEqual(complete('tsgov', '--state', '/x', 'run', '--memory-h'), ['--memory-high']);
  assert.deepEqual(complete('tsgov', 'logs', '').sort(), ['done', 'new', 'w']);
  for (const shell of ['zsh', 'fish']) assert.ok(agent.ok('completion', shell).includes('memory-swap'));
  assert.equal(agent.tsgov('completion', 'tcsh').code, 2);
});
