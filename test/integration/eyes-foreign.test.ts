import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';
import { guestIn } from '#test/support/cgroup-guest.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { handMade } from '#test/support/hand-made.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['pids', 'freezer'], binary: 'unshare' });

test('processes, namespaces, sockets and mounts of a container that is not ours', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentBackend.start(t, { others: 'scans' });
  const path = `${parent}/plain`;
  const { pid } = guestIn(t, handMade(path), ['unshare', '-n', '-m', 'sleep', '1000']);
  await becomes('it is listed', () => agent.backend.list(['other']).find(({ name }) => name === path));
  await eventually(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
  const [process] = await agent.eyes.processes(path, { tree: true, pss: true, files: true, intervalMs: undefined });
  assert.deepEqual([process?.pid, process?.containerPid, process?.depth, process?.command], [pid, null, 0, 'sleep 1000']);
  assert.deepEqual([process?.userName, process?.cgroup], ['root', path]);
  const views = await agent.eyes.namespaces({ types: ['net', 'mnt', 'uts'], tree: false, container: path });
  assert.deepEqual(
    views.map(({ type, host, container }) => [type, host, container?.name, container?.runtime]),
    [
      ['mnt', false, path, 'other'],
      ['net', false, path, 'other'],
      ['uts', true, undefined, undefined],
    ],
  );
  assert.equal(`net:[${views[1]?.inode}]`, readlinkSync(`/proc/${pid}/ns/net`));
  assert.ok((await agent.eyes.mounts(path)).some(({ mountPoint }) => mountPoint === '/'));
  assert.deepEqual(await agent.eyes.sockets(path), []);
});
