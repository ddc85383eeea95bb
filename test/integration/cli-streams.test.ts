import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

const MIB = 2 ** 20;
/** Numbered lines, so that a lost or swapped chunk changes the digest. */
const BIG = 'i=0; while [ $i -lt 50 ]; do head -c 1048576 /dev/zero | tr "\\0" "\\$((i % 8))"; i=$((i+1)); done';

function bash(script: string, input?: string): Promise<{ code: number | null; stdout: Buffer; stderr: string }> {
  const env = { ...agent.env, TSGOV: `${process.execPath} ${TSGOV}` };
  const child = spawn('bash', ['-o', 'pipefail', '-c', script], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr })));
}

test('echo hi | tsgov run -i --rm host: cat', async () => {
  assert.equal((await bash('echo hi | $TSGOV run -i --rm host: cat')).stdout.toString(), 'hi\n');
});

test('stdout and stderr come out where they belong, also without a last newline', () => {
  const result = agent.tsgov('run', '--rm', 'host:', 'sh', '-c', 'printf out; printf err >&2; exit 3');
  assert.deepEqual(result, { code: 3, stdout: 'out', stderr: 'err' });
});

test('without -i the command sees an empty stdin', async () => {
  const result = await bash('$TSGOV run --rm host: wc -c', 'unread');
  assert.equal(result.stdout.toString().trim(), '0');
});

test('50 MiB through a slow reader arrive whole', async () => {
  const child = agent.spawn(['run', '--rm', 'host:', 'sh', '-c', BIG]);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    // About 5 ms a MiB: slower than the container writes.
    if (bytes % (4 * MIB) < chunk.length) await sleep(20);
  }
  const local = await bash(BIG);
  assert.equal(bytes, 50 * MIB);
  assert.equal(hash.digest('hex'), createHash('sha256').update(local.stdout).digest('hex'));
});

test('20 MiB in by stdin and out again by stdout are the same', async () => {
  const result = await bash(
    `head -c ${20 * MIB} /dev/urandom > ${agent.dir}/big && $TSGOV run -i --rm host: cat < ${agent.dir}/big | cmp - ${agent.dir}/big && echo same`,
  );
  assert.equal(result.stdout.toString(), 'same\n', result.stderr);
});

test('a reader that goes away ends a foreground container, and --rm removes it', async () => {
  const result = await bash('$TSGOV run --rm --name yes host: yes | head -1; echo "$PIPESTATUS"');
  assert.equal(result.stdout.toString(), 'y\n141\n', result.stderr);
  assert.equal(agent.ok('ps', '-aq'), '');
});

test('a reader that goes away before logs, ps or inspect are printed does no harm', async () => {
  agent.ok('run', '--name', 'talker', 'host:', 'sh', '-c', 'seq 100000');
  for (const command of ['logs talker', 'ps -a', 'inspect talker', '--help']) {
    const result = await bash(`$TSGOV ${command} | true; echo "\${PIPESTATUS[0]}"`);
    assert.match(result.stdout.toString(), /^(0|141)\n$/, command);
    assert.equal(result.stderr, '', command);
  }
  const head = await bash('$TSGOV logs talker | head -2');
  assert.equal(head.stdout.toString(), '1\n2\n');
  agent.ok('rm', 'talker');
});

test('stdout closed from the start does not keep a container from running', async () => {
  const result = await bash('$TSGOV run --rm host: sh -c "echo x; exit 4" >&-; echo $?');
  assert.match(result.stdout.toString(), /^\d+\n$/);
  assert.equal(agent.ok('ps', '-aq'), '');
});

test('exec: streams, exit code, environment, directory, user, background', async () => {
  agent.ok('run', '-d', '--name', 'box', 'host:', 'sleep', '1000');
  const inside = agent.tsgov(
    'exec',
    '-e',
    'A=1 2',
    '-w',
    '/tmp',
    '-u',
    '1:1',
    'box',
    'sh',
    '-c',
    'echo "$A|$PWD|$(id -u):$(id -g)"; echo err >&2; exit 5',
  );
  assert.deepEqual(inside, { code: 5, stdout: '1 2|/tmp|1:1\n', stderr: 'err\n' });
  assert.equal((await bash('echo in | $TSGOV exec -i box cat')).stdout.toString(), 'in\n');
  assert.equal(agent.tsgov('exec', 'box', '/no/such').code, 127);
  assert.equal(agent.tsgov('exec', 'box', '/etc/passwd').code, 126);
  assert.equal(agent.tsgov('exec', 'box', '--', 'sh', '-c', 'kill -KILL $$').code, 137);
  agent.ok('exec', '-d', 'box', 'touch', '/tmp/was-here');
  await agent.until('the background command', () => agent.tsgov('exec', 'box', 'test', '-e', '/tmp/was-here').code === 0);
  agent.ok('rm', '-f', 'box');
});

test('attach joins a running container, and ends with its exit code', async () => {
  agent.ok('run', '-d', '-i', '--name', 'shell', 'host:', 'sh');
  const result = await bash('printf "echo from \\$((40 + 2))\\nexit 6\\n" | $TSGOV attach shell; echo "code $?"');
  assert.equal(result.stdout.toString(), 'from 42\ncode 6\n', result.stderr);
  agent.ok('rm', 'shell');
});

test('start -a shows what it writes and ends with its exit code', () => {
  agent.ok('create', '--name', 'later', 'host:', 'sh', '-c', 'echo started; exit 8');
  assert.deepEqual(agent.tsgov('start', '-a', 'later'), { code: 8, stdout: 'started\n', stderr: '' });
  agent.ok('rm', 'later');
});

test('signals are handed on to the container', async () => {
  for (const [signal, code] of [
    ['SIGTERM', 21],
    ['SIGINT', 22],
    ['SIGHUP', 23],
    ['SIGQUIT', 24],
    ['SIGUSR1', 25],
    ['SIGUSR2', 26],
  ] as [NodeJS.Signals, number][]) {
    const traps =
      'trap "exit 21" TERM; trap "exit 22" INT; trap "exit 23" HUP; trap "exit 24" QUIT; trap "exit 25" USR1; trap "exit 26" USR2';
    const child = agent.spawn(['run', '--rm', 'host:', 'sh', '-c', `${traps}; echo ready; while :; do sleep 0.05; done`]);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill(signal);
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), code, signal);
  }
});

test('a third SIGINT within two seconds kills what ignores it, and says why', async () => {
  const child = agent.spawn([
    'run',
    '--rm',
    '--name',
    'deaf',
    'host:',
    'sh',
    '-c',
    'trap "" INT; echo ready; while :; do sleep 0.05; done',
  ]);
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const closed = new Promise((resolve) => child.once('close', resolve));
  // Two that come before a busy machine lets it hear the first are one.
  for (let n = 0; n < 3; n++) {
    child.kill('SIGINT');
    await sleep(400);
  }
  assert.equal(await closed, 137);
  assert.match(stderr, /deaf did not end by SIGINT/);
  assert.equal(agent.ok('ps', '-aq'), '');
});

test('--sig-proxy=false: a signal ends the command line, the container goes on', async () => {
  const child = agent.spawn(['run', '--sig-proxy=false', '--name', 'stays', 'host:', 'sh', '-c', 'echo ready; sleep 1000']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('close', resolve));
  assert.equal(child.signalCode, 'SIGTERM');
  assert.equal(agent.inspect('stays').state.status, 'running');
  agent.ok('rm', '-f', 'stays');
});

test('--rm is over when the command is: nothing of it is left', () => {
  for (let n = 0; n < 5; n++) {
    assert.equal(agent.tsgov('run', '--rm', '--name', 'brief', 'host:', 'true').code, 0);
    assert.equal(agent.ok('ps', '-aq'), '');
    assert.equal(existsSync(`${agent.root}/containers`) && agent.tsgov('inspect', 'brief').code, 1);
  }
});
