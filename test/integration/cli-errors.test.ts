import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
  agent.ok('create', '--name', 'there', 'host:', 'true');
});
after(() => agent.stop());

for (const [args, code, says] of [
  [['run'], 2, /'tsgov run' requires at least 1 argument\n\nUsage: {2}tsgov run \[OPTIONS\] IMAGE/],
  [['run', '--memry', '5m', 'host:', 'true'], 2, /unknown flag: --memry\n {2}hint: did you mean --memory\?/],
  [['run', '--memory', 'lots', 'host:', 'true'], 2, /invalid argument "lots" for "-m, --memory" flag/],
  [['rnu', 'host:'], 2, /'rnu' is not a tsgov command\n {2}hint: did you mean 'tsgov run'\?/],
  [['run', '--env-file', '/no/such/file', 'host:', 'true'], 2, /tsgov: --env-file: ENOENT/],
  [['top', '--delay', '2h'], 2, /--delay must be 100ms to 1h/],
  [['ps', 'extra'], 2, /'tsgov ps' accepts no arguments/],
  [['run', 'nowhere:x', 'true'], 125, /nowhere:x.*\n {2}hint: write host:/s],
  [['run', 'rootfs:/no/such/dir', 'true'], 125, /\/no\/such\/dir/],
  [['run', '--name', 'there', 'host:', 'true'], 125, /there.*\n {2}hint: remove that one/s],
  [['run', '--name', 'no spaces', 'host:', 'true'], 125, /flag --name/],
  [['run', '--rm', '--cap-add', 'FLY', 'host:', 'true'], 125, /FLY.*flag --cap-add/s],
  [['run', '--rm', '--restart', 'sometimes', 'host:', 'true'], 125, /flag --restart/],
  [['run', '--rm', '--memory', '1b', 'host:', 'true'], 125, /memory.*flag --memory/s],
  [['run', '--rm', '--ulimit', 'nofile', 'host:', 'true'], 125, /flag --ulimit/],
  [['run', '--rm', 'host:', '/no/such/command'], 127, /\/no\/such\/command/],
  [['run', '--rm', 'host:', '/etc/passwd'], 126, /\/etc\/passwd/],
  [['logs', 'nobody'], 1, /nobody.*\n {2}hint: 'tsgov ps -a'/s],
  [['exec', 'there', 'true'], 1, /there/],
  [['exec', 'nobody', 'true'], 1, /nobody/],
  [['attach', 'there'], 1, /created, not running/],
  [['stop', 'nobody'], 1, /nobody/],
  [['limit', 'there', '--cpus', '9999'], 1, /cpu.*flag --cpus/s],
  [['limit', 'there', '--device-write-bps', '/no/such/device:1m'], 1, /no\/such\/device/],
  [['limit', 'there', '--cpu-quota', '999900000'], 1, /cpu.*flag --cpu-quota/s],
  [['limit', 'there', '--cpus', '-1'], 2, /"-1" for "--cpus" flag/],
  [['run', '-it', 'host:', 'true'], 125, /not a TTY/],
  [['run', '--rm', '-v', '/no/such/dir:/x', 'host:', 'true'], 125, /\/no\/such\/dir is not there on the node: make it first/],
  [['plan', 'bundle:/tmp'], 2, /takes a container\n {2}hint: make one.*tsgov create --name NAME bundle:\/tmp && tsgov plan NAME/],
] as [string[], number, RegExp][]) {
  test(`tsgov ${args.join(' ')}: exit ${code}, and what to do about it`, () => {
    const result = agent.tsgov(...args);
    assert.equal(result.code, code, result.stderr);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, /^tsgov: /);
    assert.match(result.stderr, says);
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace');
  });
}

test('what failed leaves no container behind but the one that was there', () => {
  assert.equal(agent.ok('ps', '-a', '--format', 'names'), 'there');
});

test('several containers: the good ones are done and printed in order, the bad one makes it exit 1', () => {
  for (const name of ['a', 'b']) agent.ok('run', '-d', '--name', name, 'host:', 'sleep', '1000');
  const result = agent.tsgov('kill', 'a', 'nobody', 'b');
  assert.equal(result.code, 1);
  assert.equal(result.stdout, 'a\nb\n');
  assert.match(result.stderr, /nobody/);
  const removed = agent.tsgov('rm', '-fv', 'a', 'nobody', 'b');
  assert.deepEqual(
    [removed.code, removed.stdout],
    [0, 'a\nb\n'],
    'who forces a removal wants it gone: one that is gone is no failure',
  );
  assert.match(removed.stderr, /nobody/);
  assert.equal(agent.tsgov('rm', 'nobody').code, 1);
});

test('inspect shows those that exist, and exits 1 for the one that does not', () => {
  const result = agent.tsgov('inspect', 'there', 'nobody');
  assert.equal(result.code, 1);
  assert.deepEqual(
    (JSON.parse(result.stdout) as { name: string }[]).map((each) => each.name),
    ['there'],
  );
});

test('--cidfile holds the id, must not exist before, and is not left by a failure', () => {
  const file = join(agent.dir, 'cid');
  const id = agent.ok('run', '-d', '--cidfile', file, 'host:', 'sleep', '1000');
  assert.equal(readFileSync(file, 'utf8'), id);
  const again = agent.tsgov('run', '-d', '--cidfile', file, 'host:', 'true');
  assert.equal(again.code, 2);
  assert.match(again.stderr, /exists/);
  agent.ok('rm', '-f', id);
  const other = join(agent.dir, 'other');
  assert.equal(agent.tsgov('run', '--cidfile', other, '--cap-add', 'FLY', 'host:', 'true').code, 125);
  assert.equal(existsSync(other), false);
});

test('the agent going away in the middle is said, not thrown', async () => {
  agent.ok('run', '-d', '--name', 'long', 'host:', 'sh', '-c', 'while :; do echo here; sleep 0.1; done');
  const child = agent.spawn(['attach', '--no-stdin', 'long']);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const code = new Promise((resolve) => child.once('close', resolve));
  await agent.until('it is attached', () => stdout.includes('here'));
  await agent.killAgent();
  assert.equal(await code, 125);
  assert.match(stderr, /^tsgov: the agent closed the stream.*; long runs on without it: .*tsgov attach long$/m);
  assert.doesNotMatch(stderr, /\n\s+at /);
  await agent.startAgent();
  assert.equal(agent.inspect('long').state.status, 'running');
  agent.ok('rm', '-f', 'long');
});

test("Node's own flags among a container's arguments are the container's", () => {
  const { code, stderr } = agent.tsgov('run', '--rm', 'host:', 'sh', '-c', 'exit 7', '--env-file=/no/such/file');
  assert.deepEqual([code, stderr], [7, '']);
});

test('a bundle whose config.json is broken: the file, the place in it and what would be right', () => {
  const dir = join(agent.dir, 'bundle');
  mkdirSync(dir);
  writeFileSync(join(dir, 'config.json'), '{\n  "ociVersion": "1.0.2",\n  "process": nonsense\n}\n');
  const result = agent.tsgov('run', '--rm', `bundle:${dir}`);
  assert.equal(result.code, 125);
  assert.match(result.stderr, /bundle\/config\.json, line 3, column 15: Unexpected token 'o'.*runc spec/);
});

test('a stdout that takes no more: 125 and why, not the exit code of a reader that left', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(TSGOV, ['run', '--rm', 'host:', 'echo', 'hello'], {
    env: agent.env,
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  assert.equal(status, 125);
  assert.match(stderr, /^tsgov: cannot write to stdout: ENOSPC/m);
});

test('a foreground container whose agent is killed runs on, and it is said how to get back', async () => {
  const child = agent.spawn(['run', '--rm', '--name', 'orphan', 'host:', 'sh', '-c', 'echo up; exec sleep 1000']);
  let text = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await agent.until('it runs', () => text === 'up\n');
  await agent.killAgent();
  assert.equal(await ended, 125);
  assert.match(stderr, /orphan runs on without it.*tsgov attach orphan/);
  await agent.startAgent();
  assert.equal(agent.inspect('orphan').state.status, 'running');
  agent.ok('rm', '-f', 'orphan');
});

test('stop -t -1 waits until the container ends by itself', async () => {
  agent.ok('run', '-d', '--name', 'patient', 'host:', 'sh', '-c', 'trap "sleep 1; exit 7" TERM; while :; do sleep 0.1; done');
  assert.equal(agent.ok('stop', '-t', '-1', 'patient'), 'patient');
  assert.equal(agent.inspect('patient').state.exitCode, 7);
  assert.match(agent.tsgov('stop', '-t', '-2', 'patient').stderr, /timeout/);
  agent.ok('create', '--name', 'forever', '--stop-timeout', '-1', 'host:', 'true');
  agent.ok('rm', 'patient', 'forever');
});
