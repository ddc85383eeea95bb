import assert from 'node:assert/strict';
import { linkSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Owned } from '#agent/bpf/cgroup-owners.js';
import { NetworkOwners } from '#agent/bpf/network-owners.js';
import { tempDir } from '#test/support/temp.js';

const CGROUP = { host: undefined as never, path: '/c', conditions: [] };

function world(t: TestContext) {
  const procRoot = tempDir(t);
  const containers: Owned[] = [];
  const owners = new NetworkOwners({ procRoot, containers: () => containers });
  const enter = (pid: string | number, network: string): number => {
    mkdirSync(join(procRoot, String(pid), 'ns'), { recursive: true });
    const file = join(procRoot, network);
    writeFileSync(file, '');
    linkSync(file, join(procRoot, String(pid), 'ns/net'));
    return statSync(file).ino;
  };
  const add = (id: string, pid: number): void => {
    containers.push({ id, pid, cgroup: CGROUP, subject: () => ({ id, name: id, image: '', runtime: 'tsgov' }) });
  };
  const remove = (id: string, pid: number): void => {
    containers.splice(0, containers.length, ...containers.filter((each) => each.id !== id));
    rmSync(join(procRoot, String(pid)), { recursive: true });
  };
  const owner = (inode: number): string | undefined => {
    owners.refresh();
    return owners.owner(inode)?.id;
  };
  enter('self', 'host');
  return { enter, add, remove, owner };
}

test("a container's own network is its own; the host's, and one of two containers, is nobody's", (t) => {
  const { enter, add, owner } = world(t);
  const [own, shared, host] = [enter(1, 'own'), enter(2, 'shared'), enter(3, 'host')];
  enter(4, 'shared');
  for (const pid of [1, 2, 3, 4]) add(`c${pid}`, pid);
  assert.deepEqual([owner(own), owner(shared), owner(host)], ['c1', undefined, undefined]);
});

test('the network of one that ended is its own for a while, unless another has it', (t) => {
  const { enter, add, remove, owner } = world(t);
  const own = enter(1, 'own');
  add('c1', 1);
  assert.equal(owner(own), 'c1');
  remove('c1', 1);
  assert.equal(owner(own), 'c1');
  const seen = Array.from({ length: 20 }, () => owner(own));
  assert.deepEqual([seen[0], seen.at(-1)], ['c1', undefined]);
  add('c2', 2);
  enter(2, 'own');
  assert.equal(owner(own), 'c2');
});
