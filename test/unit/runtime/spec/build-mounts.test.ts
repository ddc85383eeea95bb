import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtSpec, destinations } from '#test/support/built-spec.js';

test('mounts of the user: defaults, order, replacing one of ours', () => {
  const spec = builtSpec({
    mounts: [
      { type: 'bind', source: '/a', target: '/deep/in/here', options: ['ro', 'z'] },
      { type: 'bind', source: '/b', target: '/deep//../deep/', options: ['bind', 'shared'] },
      { type: 'tmpfs', target: '/dev/shm', options: ['size=1k', 'exec'] },
    ],
    tmpfs: ['/run:size=64m,mode=700', '/tmp'],
  });
  const find = (path: string) => spec.mounts?.find((mount) => mount.destination === path);
  assert.deepEqual(find('/deep/in/here')?.options, ['rbind', 'rro', 'rprivate']);
  assert.deepEqual(find('/deep')?.options, ['bind', 'shared']);
  assert.ok(destinations(spec).indexOf('/deep') < destinations(spec).indexOf('/deep/in/here'));
  assert.deepEqual(find('/dev/shm')?.options, ['nosuid', 'nodev', 'size=1k', 'exec']);
  assert.equal(destinations(spec).filter((path) => path === '/dev/shm').length, 1);
  assert.deepEqual(find('/run')?.options, ['noexec', 'nosuid', 'nodev', 'size=64m', 'mode=700']);
});
