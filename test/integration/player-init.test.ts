import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import {
  assertFailed,
  assertRan,
  buildPlayer,
  forked,
  type Played,
  type PlayOptions,
  playTape,
  type Step,
} from '#test/support/play-tape.js';
import { NAMESPACES, SMALL_ROOT_BEFORE, SMALL_ROOT_PARENT, shell, smallRoot } from '#test/support/small-root.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

before(() => buildPlayer());

/** Plays steps in a container of its own, after a session of its own. */
function contained(t: Teardown, steps: readonly Step[], options: PlayOptions = {}): Promise<Played> {
  const child: Step[] = [...smallRoot(tempDir(t)), { op: 'setsid' }, ...steps];
  return playTape(t, forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child, parent: SMALL_ROOT_PARENT }), options);
}

const underInit = (t: Teardown, script: string, options: PlayOptions = {}): Promise<Played> =>
  contained(t, [{ op: 'reaper' }, shell(script)], options);

/** Init's own exit; the player's comes before it. */
const initExit = (played: Played): number | undefined => played.exits.find(({ player }) => !player)?.code;

test("under the reaper the program is a child in a process group of its own, and its exit code is the container's", async (t) => {
  const played = await underInit(t, 'echo $$ $PPID; ps -o pgid= -p $$; exit 7');
  assert.equal(played.error, undefined, JSON.stringify(played));
  assert.deepEqual(played.stdout.trim().split(/\s+/), ['2', '1', '2']);
  assert.equal(initExit(played), 7);
});

test('orphans are reaped', async (t) => {
  // The orphan stays in /proc as a zombie for ever if nobody reaps it; then the harness gives up.
  const script = 'orphan=$(sh -c "sleep 0.05 >/dev/null & echo \\$!"); while [ -e /proc/$orphan ]; do :; done; echo reaped';
  const played = await underInit(t, script);
  assertRan(played);
  assert.equal(played.stdout, 'reaped\n');
});

test('a program killed by a signal gives 128 + n', async (t) => {
  assert.equal(initExit(await underInit(t, 'kill -KILL $$')), 137);
  assert.equal(initExit(await underInit(t, 'kill -TERM $$')), 143);
});

for (const [signal, number] of [
  ['SIGTERM', 15],
  ['SIGHUP', 1],
  ['SIGUSR1', 10],
  ['SIGWINCH', 28],
  ['SIGINT', 2],
] as const) {
  test(`${signal} to init reaches the program`, async (t) => {
    let sent = false;
    const onOutput = (stdout: string, pid: number): void => {
      if (sent || !stdout.includes('ready')) return;
      sent = true;
      process.kill(pid, signal);
    };
    const trap = `trap 'echo got; exit 9' ${number}; echo ready; while :; do sleep 0.01; done`;
    const played = await underInit(t, trap, { onOutput });
    assert.equal(played.stdout, 'ready\ngot\n');
    assert.equal(initExit(played), 9);
  });
}

test('init itself holds no fd, cannot be dumped and says its name, while the starter sees the program run', async (t) => {
  let seen: unknown;
  const onRunning = (pid: number): void => {
    const fds = readdirSync(`/proc/${pid}/fd`);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    seen = { fds, name: /^Name:\t(.*)$/m.exec(status)?.[1] };
    process.kill(pid, 'SIGTERM');
  };
  const played = await underInit(t, 'exec sleep 1000', { onRunning });
  assert.deepEqual(seen, { fds: [], name: 'tsgov-init' });
  assert.equal(initExit(played), 143);
});

test('the program of the reaper starts with no signal blocked', async (t) => {
  const played = await underInit(t, 'grep ^SigBlk /proc/self/status');
  assert.equal(played.stdout, `SigBlk:\t${'0'.repeat(16)}\n`);
});

test('a program that cannot be started under the reaper is reported', async (t) => {
  const steps: Step[] = [{ op: 'reaper' }, { op: 'exec', argv: ['/no/such'], envp: [] }];
  const played = await contained(t, steps);
  assertFailed(played, 2 + smallRoot('').length + 2, 'ENOENT', /^\/no\/such$/);
  assert.equal(initExit(played), 1);
});

const TTY: Step[] = [
  { op: 'openPty', slave: 20 },
  { op: 'bindConsole', slave: 20 },
  { op: 'useTty', slave: 20, uid: 1000, rows: 33, cols: 111 },
];

test("a terminal of the container's own devpts, also as its console", async (t) => {
  const script =
    'tty; stty size; stat -c %u:%t /dev/pts/0; echo console >/dev/console; read line; echo "read $line"; ls -m /proc/$$/fd';
  const played = await contained(t, [...TTY, { op: 'closeRest' }, shell(script)], { stdin: 'typed\n' });
  assertRan(played);
  const pty = played.messages.find(({ type }) => type === 'pty');
  assert.ok(pty, 'no pty message');
  const lines = played.stdout
    .replaceAll('\r', '')
    .trim()
    .split('\n')
    .filter((line) => line !== 'typed');
  assert.deepEqual(lines, ['/dev/pts/0', '33 111', '1000:88', 'console', 'read typed', '0, 1, 2']);
});

test('with a terminal, the program under the reaper is in front of it', async (t) => {
  const played = await contained(t, [...TTY, { op: 'reaper' }, shell('ps -o pid=,pgid=,tpgid=,tty= -p $$; exit 4')]);
  assert.deepEqual(played.stdout.trim().split(/\s+/), ['2', '2', '2', 'pts/0']);
  assert.equal(initExit(played), 4);
});

test('a terminal needs a session leader, and a devpts', async (t) => {
  const child: Step[] = [...smallRoot(tempDir(t)), TTY[0]!, { op: 'useTty', slave: 20, uid: 0, rows: 0, cols: 0 }, shell('')];
  const played = await playTape(t, forked(NAMESPACES, { before: SMALL_ROOT_BEFORE, child, parent: SMALL_ROOT_PARENT }));
  assertFailed(played, child.length, 'EPERM');
  const fake: Step[] = [
    { op: 'umount', path: '/dev/pts', flags: 0 },
    { op: 'open', dir: undefined, path: '/', flags: 0, mode: 0, resolve: 0, out: 21 },
    { op: 'makeNode', root: 21, path: '/dev/pts/ptmx', mode: 0o20666, dev: 0x103, uid: 0, gid: 0, fallback: undefined },
    TTY[0]!,
  ];
  assertFailed(await contained(t, [...fake, shell('')]), 2 + smallRoot('').length + fake.length, 'ENODEV');
});
