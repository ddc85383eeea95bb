import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import { readNamespaces } from '#agent/namespaces/read-namespaces.js';
import { loadNsfs } from '#native/nsfs.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const NEEDS = requires({ root: true, binary: ['lsns', 'unshare', 'nsenter'] });
const ALL = { types: [], tree: false };
const inodeOf = (pid: number | string, type: string) => Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/${type}`))?.[0]);

/** A process of this test, killed with all of its pid namespace (where it has one) when the test ends. */
async function started(t: Teardown, command: string, ...args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return child.pid as number;
}

const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

async function look(procRoot = '/proc'): Promise<NamespaceView[]> {
  const nsfs = await loadNsfs();
  return readNamespaces({ procRoot, etcRoot: '/etc', nsfs, pause: () => undefined, containers: async () => new Map() });
}

interface Lsns {
  ns: number;
  type: string;
  pid: number | null;
  nprocs: number;
}

/** Where a process ends while lsns looks at it, lsns gives up without a word. */
const LSNS_ATTEMPTS = 20;

function lsns(...enter: string[]): Lsns[] {
  let text = '';
  for (let attempt = 1; text === ''; attempt += 1) {
    const args = [...enter, 'lsns', '--json', '-o', 'NS,TYPE,PID,NPROCS'];
    const { status, stdout, stderr } = spawnSync('nsenter', args, { encoding: 'utf8' });
    if (status === 0) text = stdout;
    else if (stderr !== '' || attempt === LSNS_ATTEMPTS) throw new Error(`lsns ended with ${status}: ${stderr}`);
  }
  return (JSON.parse(text) as { namespaces: Lsns[] }).namespaces.map((each) => ({
    ...each,
    ns: Number(each.ns),
    nprocs: Number(each.nprocs),
    pid: Number(each.pid),
  }));
}

/** Its own pid namespace and /proc: nobody else's processes come and go there. */
const CLOSED = `unshare -n -u sleep 1000 & unshare -U -r sleep 1000 & unshare -i -C sleep 1000 &
unshare -U -r unshare -U sleep 1000 & unshare -p -f sleep 1000 & wait`;
const SLEEPERS = 5;

test('in a closed world lsns and we agree on every namespace, its processes and the first of them', NEEDS, async (t) => {
  const outer = await started(t, 'unshare', '-p', '-f', '-m', '--mount-proc', '--kill-child', 'sh', '-c', CLOSED);
  await eventually(() => childrenOf(outer).length === 1);
  const init = childrenOf(outer)[0] as number;
  const procRoot = `/proc/${init}/root/proc`;
  const commands = () => {
    const list = execFileSync('nsenter', ['-t', String(init), '-m', '-p', 'ps', '-e', '-o', 'args='], { encoding: 'utf8' });
    return list.split('\n').filter((line) => line === 'sleep 1000').length;
  };
  await eventually(() => commands() === SLEEPERS);
  const views = await look(procRoot);
  const inside = new Set(['pid', 'mnt', 'net', 'uts', 'ipc', 'user', 'cgroup', 'time'].map((type) => inodeOf(init, type)));
  const theirs = lsns('-t', String(init), '-m', '-p');
  const key = (one: { ns: number; type: string; nprocs: number; pid: number | null }) =>
    `${one.type} ${one.ns} ${one.nprocs} ${one.pid}`;
  // lsns counts itself, in the namespaces of the init process that it joined or shares.
  const expected = theirs
    .filter(({ nprocs }) => nprocs > 0)
    .map((one) => key({ ...one, nprocs: one.nprocs - (inside.has(one.ns) ? 1 : 0) }));
  const seen = views
    .filter(({ processes }) => processes > 0)
    .map(({ inode, type, processes, oldest }) => key({ ns: inode, type, nprocs: processes, pid: oldest?.pid ?? null }));
  assert.deepEqual(seen.sort(), expected.sort());
  assert.ok(seen.length >= 8 + 7, seen.join('\n'));
  // The user namespace between, which no process is in any more, is found through its child.
  const between = views.filter(({ type, processes }) => type === 'user' && processes === 0);
  assert.ok(between.some(({ inode }) => views.some(({ parent }) => parent === inode)));
  for (const { ns } of theirs) assert.ok(views.some(({ inode }) => inode === ns));
});

test('on the whole node every namespace that stays is in both lists', NEEDS, async (t) => {
  const own = await started(t, 'unshare', '-n', '-m', '-u', '-i', '-C', 'sleep', '1000');
  await eventually(
    () => inodeOf(own, 'uts') !== inodeOf('self', 'uts') && readFileSync(`/proc/${own}/comm`, 'utf8') === 'sleep\n',
  );
  // The kernel gives the number of one that is gone to the next: it is the same while it has the same first process.
  const inodes = (views: readonly NamespaceView[]) =>
    new Map(views.filter(({ processes }) => processes > 0).map(({ inode, oldest }) => [inode, oldest?.pid]));
  const lsnsBefore = new Set(lsns().map(({ ns }) => ns));
  const before = inodes(await look());
  const between = lsns();
  const views = await look();
  const after = inodes(views);
  for (const [inode, pid] of before)
    if (after.has(inode) && after.get(inode) === pid)
      assert.ok(
        between.some(({ ns }) => ns === inode),
        `lsns lacks ${inode}`,
      );
  for (const { ns } of between)
    if (lsnsBefore.has(ns) && lsns().some((one) => one.ns === ns)) assert.ok(before.has(ns), `we lack ${ns}`);
  for (const type of ['net', 'mnt', 'uts', 'ipc', 'cgroup']) {
    const view = views.find(({ inode }) => inode === inodeOf(own, type));
    assert.deepEqual([view?.type, view?.processes, view?.oldest?.pid, view?.host], [type, 1, own, false]);
    assert.equal(view?.oldest?.command, 'sleep 1000');
    assert.equal(view?.userNamespace, inodeOf('self', 'user'));
  }
});

test('a bind-mounted namespace, and one held by an open file, without a process', NEEDS, async (t) => {
  // Teardown runs in the order of registration: the mount goes before its directory.
  let file = '';
  t.after(() => execFileSync('umount', [file]));
  file = join(tempDir(t), 'a net');
  writeFileSync(file, '');
  execFileSync('unshare', [`--net=${file}`, 'true']);
  const pid = await started(t, 'unshare', '-u', 'sleep', '1000');
  await eventually(() => inodeOf(pid, 'uts') !== inodeOf('self', 'uts'));
  const uts = inodeOf(pid, 'uts');
  const fd = openSync(`/proc/${pid}/ns/uts`, 'r');
  t.after(() => closeSync(fd));
  process.kill(pid, 'SIGKILL');
  let held: NamespaceView | undefined;
  await eventually(async () => {
    held = (await look()).find(({ inode }) => inode === uts);
    return held?.processes === 0;
  });
  assert.deepEqual(held?.holders, [{ kind: 'fd', path: null, pid: process.pid, fd }]);
  assert.deepEqual([held?.oldest, held?.userNamespace], [null, inodeOf('self', 'user')]);
  const mounted = (await look()).filter(({ type, holders }) => type === 'net' && holders.some(({ path }) => path === file));
  assert.equal(mounted.length, 1);
  assert.deepEqual([mounted[0]?.processes, mounted[0]?.userNamespace], [0, inodeOf('self', 'user')]);
});

test('user namespaces: parent, owner and depth', NEEDS, async (t) => {
  const agent = await AgentBackend.start(t);
  const pid = await started(
    t,
    'setpriv',
    '--reuid',
    '65534',
    '--clear-groups',
    'unshare',
    '-U',
    '-r',
    'unshare',
    '-U',
    '-p',
    'sleep',
    '1000',
  );
  await eventually(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  const tree = await agent.eyes.namespaces({ types: ['user'], tree: true });
  const inner = tree.find(({ inode }) => inode === inodeOf(pid, 'user'));
  const outer = tree.find(({ inode }) => inode === inner?.parent);
  assert.equal(outer?.parent, inodeOf('self', 'user'));
  assert.deepEqual([outer?.depth, inner?.depth, outer?.processes, outer?.ownerUid], [1, 2, 0, 65534]);
  assert.ok(tree.indexOf(outer as NamespaceView) < tree.indexOf(inner as NamespaceView));
  assert.ok(tree.every(({ type }) => type === 'user'));
});

test('of a container: what it shares with the host, with another container, and what is its own', NEEDS, async (t) => {
  const agent = await AgentBackend.start(t);
  const one = await agent.run(['sleep', '1000'], { name: 'one' });
  const two = await agent.run(['sleep', '1000'], { name: 'two', network: 'container:one', uts: 'host' });
  const views = await agent.eyes.namespaces({ ...ALL, container: two });
  assert.deepEqual(Object.fromEntries(views.map(({ type, inode }) => [type, inode])), agent.backend.namespaces(two));
  const of = (type: string) => views.find((view) => view.type === type);
  assert.deepEqual(
    of('net')?.containers.map(({ name, runtime }) => `${runtime}/${name}`),
    ['tsgov/one', 'tsgov/two'],
  );
  assert.deepEqual([of('net')?.container?.id, of('net')?.processes, of('net')?.host], [one, 2, false]);
  assert.deepEqual([of('uts')?.host, of('uts')?.container], [true, null]);
  assert.deepEqual([of('mnt')?.containers.map(({ id }) => id), of('mnt')?.processes], [[two], 1]);
  assert.equal(of('pid')?.parent, inodeOf('self', 'pid'));
  const everywhere = await agent.eyes.namespaces({ types: ['net', 'mnt'], tree: false });
  assert.deepEqual([...new Set(everywhere.map(({ type }) => type))], ['mnt', 'net']);
  await agent.backend.stop(two, { timeoutMs: 0 });
  await assert.rejects(agent.eyes.namespaces({ ...ALL, container: two }), { code: 'STATE_CONFLICT' });
  await assert.rejects(agent.eyes.namespaces({ ...ALL, container: 'nobody' }), { code: 'CONTAINER_NOT_FOUND' });
});
