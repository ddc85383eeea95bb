import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { AgentBackend, readAll } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const never = new AbortController().signal;

test('attached before the start: not a byte is missed, stdin goes in, the exit code comes back', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('echo first; cat; exit 3', { stdin: true });
  const session = await agent.backend.attach(id, { stdin: true, stdout: true, stderr: true });
  const [out, err] = [readAll(session.stdout), readAll(session.stderr)];
  await agent.backend.start(id);
  session.stdin?.end('then this\n');
  assert.equal(await out, 'first\nthen this\n');
  assert.equal(await err, '');
  assert.deepEqual(await session.exit, { exitCode: 3 });
});

test('attached before a start that fails: the session says why', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create(['/no/such']);
  const session = await agent.backend.attach(id, { stdin: false, stdout: true, stderr: true });
  await assert.rejects(agent.backend.start(id), { code: 'COMMAND_NOT_FOUND' });
  assert.equal(await readAll(session.stdout), '');
  await assert.rejects(session.exit, { code: 'COMMAND_NOT_FOUND' });
});

test('attached while it runs: output from then on; closing detaches and it goes on', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('read a; echo got $a; read b; echo got $b; exec sleep 1000', { stdin: true });
  const first = await agent.backend.attach(id, { stdin: true, stdout: true, stderr: false });
  first.stdin?.write('one\n');
  for await (const chunk of first.stdout) {
    assert.equal(String(chunk), 'got one\n');
    break;
  }
  first.close();
  const second = await agent.backend.attach(id, { stdin: true, stdout: true, stderr: false });
  second.stdin?.write('two\n');
  for await (const chunk of second.stdout) {
    assert.equal(String(chunk), 'got two\n');
    break;
  }
  second.close();
  assert.equal(agent.backend.inspect(id).state.status, 'running');
});

test('exec in a container that is ending runs or is a conflict, whatever the kernel says of what is left', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  for (let round = 0; round < 12; round++) {
    const id = await agent.run('exec sleep 0.05');
    const ended = agent.backend.wait(id, 'not-running', never);
    for (let over = false; !over; ) {
      const session = await agent.backend
        .exec(id, { command: ['true'], detach: true })
        .catch((error: { code?: string }) => error);
      over = 'code' in session;
      if (over) assert.equal((session as { code?: string }).code, 'STATE_CONFLICT', String(session));
    }
    await ended;
  }
});

test(
  'a plan names the environment and keeps its values to itself: every user of the node may read it over TCP',
  ROOT,
  async (t) => {
    const agent = await AgentBackend.start(t);
    const { id } = await agent.create('true', { env: ['TOKEN=s3cret\n=more'] });
    const text = agent.backend
      .plan(id)
      .map((line) => line.text)
      .join('\n');
    assert.match(text, /TOKEN=…/);
    assert.doesNotMatch(text, /s3cret|more/);
  },
);

test('exec: output, exit code, environment, user, stdin, refusals', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec sleep 1000', { env: ['FROM=container'], workdir: '/tmp' });
  const exec = async (command: string, over = {}) => {
    const session = await agent.backend.exec(id, { command: ['sh', '-c', command], ...over });
    const [out, err] = [readAll(session.stdout), readAll(session.stderr)];
    return { out: await out, err: await err, ...(await session.exit) };
  };
  assert.deepEqual(await exec('echo $FROM $PWD $HOME; echo e >&2; exit 9'), {
    out: 'container /tmp /root\n',
    err: 'e\n',
    exitCode: 9,
  });
  assert.equal((await exec('echo $X; pwd', { env: ['X=y'], workdir: '/usr' })).out, 'y\n/usr\n');
  assert.equal((await exec('id -un; id -gn', { user: 'nobody' })).out, 'nobody\nnogroup\n');
  assert.equal((await exec('kill -9 $$')).exitCode, 137);
  const echo = await agent.backend.exec(id, { command: ['cat'], stdin: true });
  echo.stdin?.end('through\n');
  assert.equal(await readAll(echo.stdout), 'through\n');
  await assert.rejects(agent.backend.exec(id, { command: ['/no/such'] }), { code: 'COMMAND_NOT_FOUND' });
  await assert.rejects(agent.backend.exec(id, { command: ['true'], user: 'no-such-user' }), {
    code: 'BODY_INVALID',
    field: 'user',
  });
  const { id: detached } = await agent.backend.execDetached(id, { command: ['sh', '-c', 'echo there > /tmp/there'] });
  assert.match(detached, /^[0-9a-f]{64}$/);
  await eventually(async () => (await exec('cat /tmp/there')).out === 'there\n');
  // Nothing is left of execs once their monitors have ended.
  await eventually(() => readdirSync(`${agent.state}/containers/${id}`).every((name) => !name.startsWith('exec')));
  await agent.backend.kill(id, 'SIGKILL');
  await agent.exit(id);
  await assert.rejects(agent.backend.exec(id, { command: ['true'] }), { code: 'STATE_CONFLICT' });
});
