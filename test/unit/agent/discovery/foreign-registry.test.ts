import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForeignHost } from '#agent/discovery/foreign.js';
import { ForeignRegistry } from '#agent/discovery/foreign-registry.js';
import { recognise, recogniseByParent } from '#agent/discovery/runtimes.js';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';

const MEMORY: Hierarchy = { version: 1, mount: '/no/memory', controllers: ['memory'] };
const UNIFIED: Hierarchy = { version: 2, mount: '/no/unified', controllers: [] };
const FILES = { procRoot: '/no/proc', fileRoot: '/no/files' };
const HOST = {
  cgroups: { hierarchies: [MEMORY, UNIFIED], unified: UNIFIED } as unknown as CgroupHost,
  procRoot: '/no/proc',
  bootId: 'boot',
  clock: { nowMs: () => 0 },
  write: () => undefined,
  remove: () => undefined,
} satisfies ForeignHost;

function registry(...paths: readonly (readonly [Hierarchy, string])[]): ForeignRegistry {
  const all = new ForeignRegistry(HOST);
  for (const [hierarchy, path] of paths) all.place(hierarchy, path, recognise(path, FILES));
  return all;
}

test('one container whose paths differ by hierarchy, until the last is gone', () => {
  const all = registry([MEMORY, '/started/here/lxc.payload.web'], [UNIFIED, '/lxc.payload.web']);
  assert.equal(all.all().length, 1);
  const web = all.resolve('web');
  assert.equal(web.path, '/lxc.payload.web');
  assert.deepEqual([...web.cgroup!.places!.values()], ['/started/here/lxc.payload.web', '/lxc.payload.web']);
  assert.equal(all.resolve('/started/here/lxc.payload.web'), web);
  assert.equal(all.displace(UNIFIED, '/lxc.payload.web'), web);
  assert.equal(web.leaving, false);
  all.displace(MEMORY, '/started/here/lxc.payload.web');
  assert.deepEqual([web.leaving, web.cgroup, all.all()], [true, undefined, []]);
});

test('by name, id, start of an id, path and runtime; what is ambiguous says how to be clear', () => {
  const [one, two] = [`abc1${'0'.repeat(60)}`, `abc2${'0'.repeat(60)}`];
  const all = registry(
    [UNIFIED, `/docker/${one}`],
    [UNIFIED, `/x/libpod-${two}`],
    [UNIFIED, '/lxc.payload.abc'],
    [UNIFIED, '/system.slice/abc'],
  );
  all.resolve(one).facts = { name: 'web' };
  all.resolve(two).facts = { name: 'web' };
  assert.equal(all.resolve('abc1').id, one);
  assert.equal(all.resolve('abc').runtime, 'lxc', 'a name goes before the start of an id');
  assert.equal(all.resolve('podman:web').id, two);
  assert.equal(all.resolve('docker:abc1').id, one);
  assert.equal(all.resolve('/system.slice/abc').runtime, 'other');
  assert.throws(() => all.resolve('web'), { code: 'REF_AMBIGUOUS', message: /docker:web or podman:web/ });
  for (const ref of ['nobody', 'podman:abc1', 'ABC1', '/no/such', '', 'a'])
    assert.throws(() => all.resolve(ref), { code: 'CONTAINER_NOT_FOUND' }, ref);
});

test('two LXC containers of one name, one inside something else, are two', () => {
  const all = registry([UNIFIED, '/lxc.payload.web'], [UNIFIED, '/other/lxc.payload.web']);
  assert.deepEqual(
    all.all().map(({ id }) => id),
    ['web', '/other/lxc.payload.web'],
  );
});

test('a plain cgroup that turns out to be a runtime’s keeps what was found on it', () => {
  const written: string[] = [];
  const removed: string[] = [];
  const host = {
    ...HOST,
    write: ({ runtime }: { runtime: string }) => written.push(runtime),
    remove: ({ runtime }: { runtime: string }) => removed.push(runtime),
  };
  const all = new ForeignRegistry(host as ForeignHost);
  const plain = all.place(UNIFIED, '/any', recognise('/any', FILES)).foreign;
  const record = { bootId: 'boot', dir: '/no', inode: '1' };
  const limits = { run: { pids: { max: 77 } }, override: { pids: { max: 5 } } };
  plain.adopt({ version: 1, runtime: 'other', id: '/any', name: '/any', cgroup: record, limits, conditions: [], thawAtMs: null });
  const shim = { pid: 1, comm: 'containerd-shim', args: ['shim', '-id', 'job'] };
  const job = all.recognised(plain, recogniseByParent(shim)!);
  assert.deepEqual([job.runtime, job.id, job.path, job.limits], ['containerd', 'job', '/any', limits]);
  assert.deepEqual([written, removed, plain.leaving], [['containerd'], ['other'], true]);
  assert.deepEqual(all.all(), [job]);
});
