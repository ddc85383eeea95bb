import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';
import { onTerminal, type PtyStep } from '#test/support/pty.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true, binary: 'python3' });
let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

const [CTRL_C, CTRL_D, CTRL_P, CTRL_Q] = ['\x03', '\x04', '\x10', '\x11'];

async function terminal(args: string[], steps: PtyStep[]) {
  const result = await onTerminal([process.execPath, TSGOV, ...args], { ...agent.env, TERM: 'xterm' }, steps);
  assert.equal(result.failed, null, JSON.stringify(result.output));
  assert.equal(result.cooked, true, 'the terminal is as it was');
  return result;
}

test('run -it is a shell on a terminal: size, resize, Ctrl-C to what runs in it, exit code', needs, async () => {
  const result = await terminal(
    ['run', '--rm', '-it', 'host:', 'sh', '-c', 'stty size; tty; exec sh -i'],
    [
      { expect: '24 80\r\n' },
      { expect: '/dev/pts/0' },
      { expect: '[#$] ' },
      { resize: [50, 132] },
      { send: 'until stty size | grep "^50"; do sleep 0.1; done\n' },
      { expect: '50 132\r\n' },
      { send: 'sleep 1000\n' },
      { pause: 0.3 },
      { send: CTRL_C },
      { expect: '[#$] ' },
      { send: 'echo $((6 * 7))\n' },
      { expect: '42\r\n' },
      { send: 'exit 7\n' },
    ],
  );
  assert.equal(result.status, 7);
  assert.equal(agent.ok('ps', '-aq'), '');
});

test('Ctrl-D ends a program that reads', needs, async () => {
  const result = await terminal(
    ['run', '--rm', '-it', 'host:', 'cat'],
    [{ send: 'twice\n' }, { expect: 'twice\r\ntwice\r\n' }, { send: CTRL_D }],
  );
  assert.equal(result.status, 0);
});

test('ctrl-p ctrl-q detaches, the container goes on, attach is back in it', needs, async () => {
  const first = await terminal(
    ['run', '-it', '--name', 'shell', 'host:', 'sh'],
    [
      { expect: '[#$] ' },
      { send: 'A=kept\n' },
      { expect: '[#$] ' },
      { send: CTRL_P },
      { send: CTRL_Q },
      { expect: 'detached; shell goes on' },
    ],
  );
  assert.equal(first.status, 0);
  assert.equal(agent.inspect('shell').state.status, 'running');
  const second = await terminal(['attach', 'shell'], [{ send: 'echo $A\n' }, { expect: 'kept\r\n' }, { send: 'exit 3\n' }]);
  assert.equal(second.status, 3);
  agent.ok('rm', 'shell');
});

test('--detach-keys chooses other keys', needs, async () => {
  const result = await terminal(
    ['run', '-it', '--name', 'keys', '--detach-keys', 'ctrl-a,x', 'host:', 'cat'],
    [
      { send: 'y\n' },
      { expect: 'y\r\ny\r\n' },
      { send: `${CTRL_P}${CTRL_Q}` },
      { pause: 0.2 },
      { send: '\x01x' },
      { expect: 'detached' },
    ],
  );
  assert.equal(result.status, 0);
  agent.ok('rm', '-f', 'keys');
});

test('exec -it gives a terminal in a running container', needs, async () => {
  agent.ok('run', '-d', '--name', 'box', 'host:', 'sleep', '1000');
  const result = await terminal(
    ['exec', '-it', 'box', 'sh', '-c', 'stty size; test -t 0 && echo yes; read line; echo "got $line"; exit 9'],
    [{ expect: '24 80\r\n' }, { expect: 'yes\r\n' }, { send: 'it\n' }, { expect: 'got it' }],
  );
  assert.equal(result.status, 9);
  agent.ok('rm', '-f', 'box');
});

test('SIGTERM to a command line in raw mode: the terminal is put back', needs, async () => {
  const result = await terminal(
    ['run', '--rm', '-it', 'host:', 'sh', '-c', 'trap "exit 12" TERM; echo ready; while :; do sleep 0.05; done'],
    [{ expect: 'ready' }, { signal: 15 }],
  );
  assert.equal(result.status, 12);
});

test('the agent dying under a terminal: the terminal is put back', needs, async () => {
  const running = terminal(
    ['run', '-it', '--name', 'orphan', 'host:', 'cat'],
    [{ send: 'x\n' }, { expect: 'x\r\nx\r\n' }, { expect: 'the agent closed the stream' }],
  );
  await agent.until('it runs', () => agent.tsgov('ps', '-q', '--filter', 'name=orphan').stdout !== '');
  // What was typed and what cat said of it have come out, and a moment later are on the terminal.
  await agent.until('it has spoken', () => /x\s+x/.test(agent.tsgov('logs', 'orphan').stdout));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await agent.killAgent();
  assert.equal((await running).status, 125);
  await agent.startAgent();
  agent.ok('rm', '-f', 'orphan');
});

test('colours are for terminals, and not with NO_COLOR', needs, async () => {
  agent.ok('run', '-d', '--name', 'icy', 'host:', 'sleep', '1000');
  agent.ok('freeze', 'icy');
  const shown = (await terminal(['ps'], [])).output;
  assert.ok(shown.includes('\x1b[33mUp') && shown.includes('(Frozen)'), JSON.stringify(shown));
  const plain = await onTerminal([process.execPath, TSGOV, 'ps'], { ...agent.env, NO_COLOR: '1' }, []);
  assert.ok(!plain.output.includes('\x1b'));
  assert.ok(!agent.ok('ps').includes('\x1b'));
  agent.ok('rm', '-f', 'icy');
});
