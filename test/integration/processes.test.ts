import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import type { ProcessView } from '#agent/contract/processes.js';
import { readMounts } from '#agent/processes/mounts.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, binary: ['ps', 'nsenter'] });
const PLAIN = { tree: false, pss: false, files: false, intervalMs: undefined };

/** The processes once `check` holds of them. */
async function whenSeen(agent: AgentBackend, id: string, check: (views: ProcessView[]) => boolean): Promise<ProcessView[]> {
  let views: ProcessView[] = [];
  await eventually(async () => {
    views = await agent.eyes.processes(id, { ...PLAIN, tree: true });
    return check(views);
  });
  return views;
}

test('a tree with the pids of both sides, rights, users and limits, as the kernel has them', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('(sleep 1000 & wait) & setpriv --reuid 65534 --clear-groups sleep 2000 & wait', {
    capAdd: ['SYS_PTRACE'],
  });
  // The kernel tells its name and its arguments one after the other: one that is just being executed has the old name with the new ones.
  const isAsleep = ({ name, command }: ProcessView): boolean => name === 'sleep' && /^sleep \d000$/.test(command);
  const views = await whenSeen(agent, id, (all) => all.filter(isAsleep).length === 2);
  const { pid } = agent.backend.inspect(id).state;
  assert.deepEqual(
    views.map(({ depth, command }) => [depth, command.split(' ')[0]]),
    [
      [0, 'sh'],
      [1, 'sh'],
      [2, 'sleep'],
      [1, 'sleep'],
    ],
  );
  assert.deepEqual([views[0]?.pid, views[0]?.containerPid], [pid, 1]);
  const inside = execFileSync('nsenter', ['-t', String(pid), '-p', '-m', 'ps', '-eo', 'pid=,ppid=,uid=,comm='], {
    encoding: 'utf8',
  });
  const lines = inside.split('\n').map((line) => line.trim().split(/\s+/).join(' '));
  const byPid = new Map(views.map((view) => [view.pid, view]));
  for (const view of views) {
    const { containerPid, ppid, user, name } = view;
    const parent = byPid.get(ppid)?.containerPid ?? 0;
    assert.ok(lines.includes(`${containerPid} ${parent} ${user} ${name}`), `${JSON.stringify(view)} is not in ${inside}`);
  }
  for (const view of views) {
    const status = readFileSync(`/proc/${view.pid}/status`, 'utf8');
    const mask = BigInt(`0x${/^CapEff:\t(\w+)$/m.exec(status)?.[1]}`);
    assert.equal(view.capabilities.length, mask.toString(2).replaceAll('0', '').length);
    assert.equal(view.capabilities.includes('CAP_SYS_PTRACE'), view.user === 0);
    assert.equal(view.noNewPrivs, /^NoNewPrivs:\t1$/m.test(status));
    assert.equal(view.seccomp, ['disabled', 'strict', 'filter'][Number(/^Seccomp:\t(\d)$/m.exec(status)?.[1])]);
    assert.equal(view.threads, readdirSync(`/proc/${view.pid}/task`).length);
    assert.ok(view.cgroup.endsWith(id), view.cgroup);
    assert.ok(Math.abs(Date.parse(view.startedAt) - Date.now()) < 600_000);
  }
  const nobody = views.find(({ user }) => user === 65534);
  assert.deepEqual([nobody?.userName, nobody?.hostUserName, nobody?.containerUser], ['nobody', 'nobody', 65534]);
});

test('names that mislead, a zombie, threads: shown as what they are', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  // An init that reaps nobody; the name is written by the process itself.
  const code = `const fs = require('fs'); fs.writeFileSync('/proc/self/comm', 'a) R 1 (\\nb');
    require('child_process').spawn('true').on('exit', () => {}); setInterval(() => {}, 1000);`;
  const id = await agent.run(['sh', '-c', 'sleep 0 & exec "$0" "$@"', process.execPath, '-e', code]);
  const views = await whenSeen(
    agent,
    id,
    (all) => all.some(({ state }) => state === 'Z') && all[0]?.name.startsWith('a)') === true,
  );
  assert.equal(views[0]?.name, 'a) R 1 (\nb');
  assert.ok((views[0]?.threads ?? 0) > 1 && ['S', 'R'].includes(views[0]?.state ?? ''));
  const zombie = views.find(({ state }) => state === 'Z');
  assert.deepEqual([zombie?.command, zombie?.rssBytes, zombie?.depth], ['[sleep]', 0, 1]);
  const [asked] = (await agent.eyes.processes(id, { ...PLAIN, pss: true, files: true })).filter(({ pid }) => pid === zombie?.pid);
  assert.deepEqual([asked?.pssBytes, asked?.openFiles], [null, 0]);
  assert.equal(readMounts('/proc', zombie?.pid as number), undefined);
});

test('on request: proportional memory, open files, CPU over an interval', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec 5</dev/null; sh -c "while :; do :; done" & exec sleep 1000', { ulimits: ['nofile=200:300'] });
  await whenSeen(agent, id, (all) => all.length === 2 && all.some(({ command }) => command === 'sleep 1000'));
  const views = await agent.eyes.processes(id, { tree: false, pss: true, files: true, intervalMs: 500 });
  const asleep = views.find(({ command }) => command === 'sleep 1000') as ProcessView;
  const busy = views.find(({ pid }) => pid !== asleep.pid) as ProcessView;
  const pssKib = Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${asleep.pid}/smaps_rollup`, 'utf8'))?.[1]);
  // What is shared with others changes with them.
  assert.ok(Math.abs((asleep.pssBytes ?? 0) / 1024 - pssKib) < 500 && (asleep.pssBytes ?? 0) > 0);
  assert.ok((asleep.pssBytes ?? 0) <= asleep.rssBytes);
  assert.deepEqual([asleep.openFiles, asleep.openFilesMax], [readdirSync(`/proc/${asleep.pid}/fd`).length, 200]);
  assert.ok((asleep.openFiles ?? 0) >= 4);
  assert.equal(asleep.cpuPercent, 0);
  assert.ok(busy.cpuPercent > 1 && busy.cpuPercent < 150, `${busy.cpuPercent}`);
});

test('the mounts its first process sees; nothing of one that does not run', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run(['sleep', '1000'], { tmpfs: ['/mnt:size=1m'] });
  const { pid } = agent.backend.inspect(id).state;
  const mounts = await agent.eyes.mounts(id);
  assert.equal(mounts.length, readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n').length);
  const tmpfs = mounts.find(({ mountPoint }) => mountPoint === '/mnt');
  assert.deepEqual([tmpfs?.fsType, tmpfs?.root, tmpfs?.options.includes('nosuid')], ['tmpfs', '/', true]);
  assert.ok(tmpfs?.superOptions.includes('size=1024k'));
  assert.ok(!readlinkSync(`/proc/${pid}/ns/mnt`).endsWith(readlinkSync('/proc/self/ns/mnt')));
  await agent.backend.stop(id, { timeoutMs: 0 });
  for (const look of [() => agent.eyes.mounts(id), () => agent.eyes.sockets(id), () => agent.eyes.processes(id, PLAIN)])
    await assert.rejects(look, { code: 'STATE_CONFLICT' });
});

test('in a user namespace: root inside, somebody else outside', requires({ root: true, idmappedRoot: true }), async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run(['sleep', '1000'], { userns: 'private' });
  const [view] = await agent.eyes.processes(id, PLAIN);
  const [, outside] = readFileSync(`/proc/${view?.pid}/uid_map`, 'utf8').trim().split(/\s+/).map(Number);
  assert.ok((outside ?? 0) > 0);
  assert.deepEqual([view?.user, view?.containerUser, view?.userName, view?.hostUserName], [outside, 0, 'root', null]);
  const namespaces = await agent.eyes.namespaces({ types: [], tree: false, container: id });
  const own = namespaces.find(({ type }) => type === 'user');
  assert.equal(own?.host, false);
  // Its owner made all its other namespaces.
  for (const { type, host, userNamespace } of namespaces)
    if (!host && type !== 'user') assert.equal(userNamespace, own?.inode, type);
});
