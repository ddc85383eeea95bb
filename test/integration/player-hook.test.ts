import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoName } from '#native/kernel-error.js';
import { assertFailed, assertRan, buildPlayer, type Played, playTape, type Step, straight } from '#test/support/play-tape.js';
import { shell } from '#test/support/small-root.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

before(() => buildPlayer());

type Hook = Extract<Step, { op: 'hook' }>;

function hook(script: string, change: Partial<Hook> = {}): Hook {
  const argv = ['hook', '-c', script];
  return {
    op: 'hook',
    path: '/bin/sh',
    argv,
    envp: ['PATH=/usr/bin:/bin', 'A=b'],
    timeoutMs: 0,
    stateHead: '',
    stateTail: '',
    ...change,
  };
}

const play = (t: Teardown, ...hooks: Step[]): Promise<Played> => playTape(t, straight([...hooks, shell('echo program')]));

test("a hook gets its environment and the state, and its output is not the container's", async (t) => {
  const file = join(tempDir(t), 'state');
  const change = { stateHead: '{"id":"x","pid":', stateTail: `,"bundle":"${'/b'.repeat(100_000)}"}` };
  const played = await play(t, hook(`cat >${file}; env | grep ^A= >>${file}; echo out; echo err >&2`, change));
  assertRan(played);
  assert.equal(played.stdout, 'program\n');
  assert.equal(played.stderr, '');
  assert.equal(readFileSync(file, 'utf8'), `${change.stateHead}0${change.stateTail}A=b\n`);
});

test('a hook that reads nothing of a large state does not hold the container up', async (t) => {
  assertRan(await play(t, hook('exit 0', { stateTail: 'x'.repeat(1_000_000) })));
});

test('a hook that exits with an error ends the launch with its status and the end of what it said', async (t) => {
  const failed = await play(t, hook('i=0; while [ $i -lt 500 ]; do echo line $i >&2; i=$((i + 1)); done; exit 3'));
  assertFailed(failed, 0, 'ECANCELED', /line 498\nline 499\n$/);
  assert.equal(failed.error?.value, 3 << 8);
  assert.equal(failed.error?.text.length, 400);
  assert.equal(failed.stdout, '');
  const killed = await play(t, hook('kill -SEGV $$'));
  assertFailed(killed, 0, 'ECANCELED');
  assert.equal((killed.error?.value ?? 0) & 0x7f, 11);
});

test('a hook whose error is tolerated warns with status and text', async (t) => {
  const played = await play(t, { ...hook('echo why >&2; exit 1'), tolerate: ['ECANCELED'] });
  assertRan(played);
  assert.deepEqual(
    played.messages.map(({ type, value, text }) => ({ type, value, text })),
    [{ type: 'warning', value: 256, text: 'why\n' }],
  );
});

test('a hook that cannot be started is reported with the errno of execve', async (t) => {
  const plain = join(tempDir(t), 'plain');
  writeFileSync(plain, '', { mode: 0o644 });
  assertFailed(await play(t, hook('', { path: '/nowhere/hook' })), 0, 'ENOENT');
  assertFailed(await play(t, hook('', { path: plain })), 0, 'EACCES');
});

test("a hook's path finds none of the runtime's fds (CVE-2024-21626)", async (t) => {
  const open: Step = { op: 'open', dir: undefined, path: '/', flags: 0o10000000, mode: 0, resolve: 0, out: 1 };
  for (let fd = 3; fd < 12; fd++) {
    const played = await playTape(
      t,
      straight([open, hook('exit 0', { path: `/proc/self/fd/${fd}/bin/sh` }), shell('echo program')]),
    );
    assert.match(played.error?.errno === undefined ? 'it ran' : errnoName(played.error.errno), /^(ENOENT|ENOTDIR)$/, `fd ${fd}`);
  }
});

test('a hook over its time is killed with its process group', async (t) => {
  const file = join(tempDir(t), 'pid');
  const script = `sh -c 'echo $$ >${file}; exec sleep 1000' & while [ ! -s ${file} ]; do :; done; echo waiting; sleep 1000`;
  const played = await play(t, hook(script, { timeoutMs: 2000 }));
  assertFailed(played, 0, 'ETIMEDOUT', /^waiting\n$/);
  const pid = Number(readFileSync(file, 'utf8'));
  assert.ok(pid > 0);
  // It would sleep for longer than the harness lives.
  while (existsSync(`/proc/${pid}`)) await sleep(10);
});

test("what a hook leaves running does not hold the container up, though it holds the hook's output", async (t) => {
  const release = join(tempDir(t), 'release');
  const stays = hook(`while [ ! -e ${release} ]; do sleep 0.01; done & echo done`);
  assertRan(await play(t, stays, hook(`: >${release}`)));
});

test('a hook has default signals, no fds of the player and a process group of its own', async (t) => {
  const file = join(tempDir(t), 'status');
  assertRan(
    await play(
      t,
      { op: 'pipe', read: 1, write: 2 },
      hook(`exec >${file}; grep ^SigIgn /proc/self/status; ls -m /proc/$$/fd; ps -o pgid= -p $$; echo $$`),
    ),
  );
  const [ignored, fds, group, pid] = readFileSync(file, 'utf8').trim().split('\n');
  assert.deepEqual([ignored, fds], [`SigIgn:\t${'0'.repeat(16)}`, '0, 1, 2']);
  assert.equal(group?.trim(), pid);
});
