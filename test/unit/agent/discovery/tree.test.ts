import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { CgroupTree } from '#agent/discovery/tree.js';
import type { Hierarchy } from '#runtime/cgroup/cgroup-host.js';
import { tempDir } from '#test/support/temp.js';

test('what is gone by the time it is told of was never there; what goes unseen is told to go all the same', (t) => {
  const mount = tempDir(t);
  const hierarchy: Hierarchy = { version: 2, mount, controllers: [] } as unknown as Hierarchy;
  for (const sort of ['open', 'closed'] as const) {
    const tree = new CgroupTree(
      hierarchy,
      () => sort,
      () => undefined,
    );
    assert.deepEqual(tree.scan(), { appeared: [], vanished: [] });
    assert.deepEqual(tree.made('/short'), { appeared: [], vanished: [] }, sort);
    assert.deepEqual(tree.removed('/short'), { appeared: [], vanished: ['/short'] }, 'somebody else may have looked at it');
    mkdirSync(`${mount}/long`);
    assert.deepEqual(tree.made('/long'), { appeared: ['/long'], vanished: [] });
    assert.deepEqual(tree.made('/long'), { appeared: [], vanished: [] });
    assert.deepEqual(tree.scan(), { appeared: [], vanished: [] });
    rmdirSync(`${mount}/long`);
    assert.deepEqual(tree.scan(), { appeared: [], vanished: ['/long'] });
  }
});

test('a directory that was made anew unseen is known by what events call it now', (t) => {
  const mount = tempDir(t);
  const hierarchy: Hierarchy = { version: 2, mount, controllers: [] } as unknown as Hierarchy;
  const tree = new CgroupTree(
    hierarchy,
    () => 'open',
    (_hierarchy, _path, inode) => String(inode),
  );
  const keyOf = (path: string) => String(statSync(`${mount}${path}`, { bigint: true }).ino);
  mkdirSync(`${mount}/service`);
  tree.scan();
  const before = keyOf('/service');
  assert.equal(tree.pathOf(before), '/service');
  rmdirSync(`${mount}/service`);
  // Takes the number that is free now, where the file system gives it out again.
  mkdirSync(`${mount}/other`);
  mkdirSync(`${mount}/service`);
  tree.scan();
  assert.notEqual(keyOf('/service'), before);
  assert.equal(tree.pathOf(keyOf('/service')), '/service');
  assert.notEqual(tree.pathOf(before), '/service');
});
