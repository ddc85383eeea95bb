import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { frozenState } from '#runtime/cgroup/freezer.js';
import { guestIn } from '#test/support/cgroup-guest.js';
import { handMade } from '#test/support/hand-made.js';
import { kernelCpuUsec, kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';
import { goTo, liveTop, rowOf } from '#test/support/top-live.js';

const NEEDS = requires({ root: true, binary: 'tmux' });
const BUSY = ['host:', 'sh', '-c', 'while :; do :; done'];
const IDLE = ['host:', 'sleep', '100000'];

let agent: LiveAgent;
before(async () => {
  if (NEEDS.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

const status = (name: string) => agent.inspect(name).state.status;

test('z stops the workload: the kernel counts no more CPU time, until z again', NEEDS, async (t) => {
  agent.ok('run', '-d', '--name', 'busy', '--cpus', '0.2', ...BUSY);
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'busy');
  tmux.press('z');
  await tmux.until('its event', /freeze busy: done, confirmed by its event/);
  await tmux.until('its state', (screen) => /frozen/.test(rowOf(screen, 'busy') ?? ''));
  const frozen = agent.inspect('busy');
  assert.equal(frozen.state.status, 'frozen');
  const stoodAt = kernelCpuUsec(frozen);
  const clock = /live (\S+)/.exec(tmux.screen())?.[1];
  await tmux.until(
    'two looks later',
    (screen) => Number(/live \S+:(\d+)/.exec(screen)?.[1]) % 60 !== Number(clock?.split(':')[2]),
  );
  assert.equal(kernelCpuUsec(frozen), stoodAt);
  tmux.press('z');
  await tmux.until('thawed', /thaw busy: done, confirmed by its event/);
  await agent.until('it goes on', () => kernelCpuUsec(frozen) > stoodAt);
});

test(
  'L: a value that is refused says why and changes nothing; one that is good shows the kernel files first',
  NEEDS,
  async (t) => {
    agent.ok('run', '-d', '--name', 'limited', '-m', '64m', ...IDLE);
    const view = agent.inspect('limited');
    const tmux = await liveTop(t, agent);
    await goTo(tmux, 'limited');
    tmux.press('L');
    await tmux.until('values in force', /memory\.max +64MiB/);
    tmux.press('Down', 'Down', 'Down', 'C-u');
    tmux.type('lots');
    tmux.press('Enter');
    await tmux.until('the reason', /refused: memory\.max:.*"lots": bytes as a number/s);
    // The field that was refused has the cursor: put right, and another one wrong.
    tmux.press('C-u');
    tmux.type('48MiB');
    tmux.press('Down', 'Down', 'Down', 'Down', 'C-u');
    tmux.type('20000');
    tmux.press('Enter');
    await tmux.until('refused, and nothing of it done', /refused: io\.weight/);
    assert.equal(kernelFile(view, 'memory.max'), String(64 << 20));
    assert.equal(agent.inspect('limited').limitSources['memory.max'], 'run');
    tmux.press('C-u');
    tmux.type('100');
    tmux.press('Enter');
    const preview = await tmux.until('what would be written', /the kernel gets:/);
    assert.match(preview, new RegExp(`memory\\.(max|limit_in_bytes) ${64 << 20} → ${48 << 20}`));
    assert.equal(kernelFile(view, 'memory.max'), String(64 << 20), 'a preview writes nothing');
    tmux.press('Enter');
    await tmux.until('written', /limit limited: done, confirmed by its event/);
    assert.equal(kernelFile(view, 'memory.max'), String(48 << 20));
  },
);

test('several at once: marked, asked, each confirmed; n does nothing; d removes', NEEDS, async (t) => {
  for (const name of ['many-1', 'many-2', 'many-3']) agent.ok('run', '-d', '--name', name, ...IDLE);
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'many-');
  tmux.press('M', 'z');
  await tmux.until('all frozen', /3 acts: 3 confirmed/);
  assert.deepEqual(['many-1', 'many-2', 'many-3'].map(status), ['frozen', 'frozen', 'frozen']);
  await tmux.until('as the tick sees it', /3 frozen/);
  tmux.press('z');
  await tmux.until('all thawed', /3 acts: 3 confirmed/);
  await tmux.until('as the tick sees it', (screen) => !/frozen/.test(screen));
  tmux.press('d');
  await tmux.until('it asks', /Remove 3 containers\?/);
  tmux.press('n');
  await tmux.until('no more', (screen) => !/Remove/.test(screen));
  assert.equal(status('many-1'), 'running');
  tmux.press('d', 'y');
  await tmux.until('removed', /3 acts: 3 confirmed/);
  assert.equal(agent.ok('ps', '-a', '--format', 'names').includes('many-'), false);
});

test('k sends the signal chosen, r starts it again, s stops it', NEEDS, async (t) => {
  agent.ok(
    'run',
    '-d',
    '--name',
    'trap',
    'host:',
    'sh',
    '-c',
    'trap "exit 7" USR1; trap "exit 0" TERM; while :; do sleep 0.05; done',
  );
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'trap');
  tmux.press('k');
  await tmux.until('a list', /SIGKILL/);
  tmux.press('Down', 'Down', 'Down', 'Down', 'Enter');
  await tmux.until('confirmed', /SIGUSR1 to trap: done, confirmed by its event/);
  await agent.until('it ended so', () => agent.inspect('trap').state.exitCode === 7);
  await tmux.until('its state', (screen) => /exited/.test(rowOf(screen, 'trap') ?? ''));
  tmux.press('r');
  await tmux.until('started', /start trap: done, confirmed by its event/);
  await tmux.until('its state', (screen) => /running/.test(rowOf(screen, 'trap') ?? ''));
  const first = agent.inspect('trap').state.pid;
  tmux.press('r');
  await tmux.until('restarted', /restart trap: done, confirmed by its event/);
  assert.notEqual(agent.inspect('trap').state.pid, first);
  tmux.press('s');
  await tmux.until('stopped', /stop trap: done, confirmed by its event/);
  assert.equal(status('trap'), 'exited');
});

test('p adds a container to a policy that matches by name, after it said what that changes', NEEDS, async (t) => {
  agent.ok('run', '-d', '--name', 'governed', ...IDLE);
  const policy =
    'apiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: small}\nspec:\n  match: {name: [nobody]} # few\n  limits: {pids: {max: 33}}\n';
  const put = agent.tsgovWith({ input: policy }, 'policy', 'apply', '-');
  assert.equal(put.code, 0, put.stderr);
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'governed');
  tmux.press('p');
  await tmux.until('the policies', /small +enforce, 0 containers/);
  tmux.press('Enter');
  await tmux.until('what it changes', /governed: pids\.max none -> 33/);
  tmux.press('y');
  await tmux.until('in force', /apply small to governed: done, confirmed by its event/);
  assert.equal(kernelFile(agent.inspect('governed'), 'pids.max'), '33');
  assert.match(agent.ok('policy', 'get', 'small'), /name: \[ ?nobody, governed ?\] \} # few/);
});

test('e is a shell in the container, l its log; each gives the screen back', NEEDS, async (t) => {
  agent.ok('run', '-d', '--name', 'talks', 'host:', 'sh', '-c', 'echo said at the start; sleep 100000');
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'talks');
  tmux.press('e');
  await tmux.until('a prompt', /[#$]$/m);
  tmux.type('echo is-$((6*7)); hostname\n');
  await tmux.until('its answer', /is-42/);
  assert.equal(tmux.status, undefined);
  tmux.type('exit\n');
  await tmux.until('the screen again', /live .*▶ talks/s);
  tmux.press('l');
  await tmux.until('the log', /said at the start/);
  tmux.press('C-c');
  await tmux.until('the screen again', /live .*▶ talks/s);
  tmux.press('z');
  await tmux.until('keys reach it', /freeze talks: done/);
});

test('a cgroup that is not ours is frozen and limited as well; what only its runtime does says so', NEEDS, async (t) => {
  const path = `${tempCgroupParent(t)}/theirs`;
  const set = handMade(path, { pids: { max: 77 } });
  guestIn(t, set, ['sleep', '100000']);
  const policy = `apiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: theirs}\nspec:\n  match: {cgroup: ["${path}"]}\n  limits: {pids: {max: 55}}\n`;
  assert.equal(agent.tsgovWith({ input: policy }, 'policy', 'apply', '-').code, 0);
  const tmux = await liveTop(t, agent);
  tmux.press('/');
  tmux.type('theirs');
  tmux.press('Enter');
  await tmux.until('it alone', (screen) => /1 of \d+ containers/.test(screen) && screen.includes(`▶ ${path.slice(0, 12)}`));
  tmux.press('z');
  await tmux.until('frozen', /freeze \S*: done, confirmed by its event/);
  assert.equal(frozenState(set), 'frozen');
  tmux.press('z');
  await tmux.until('thawed', /thaw \S*: done, confirmed by its event/);
  assert.equal(frozenState(set), 'thawed');
  tmux.press('s');
  await tmux.until('refused', /stop \S*: refused: /);
  agent.ok('policy', 'rm', 'theirs');
});
