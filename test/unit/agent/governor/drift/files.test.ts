import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitEntries } from '#agent/containers/limit-fields.js';
import { fieldsOfFile, isOneOf } from '#agent/governor/drift/files.js';
import type { CgroupWrite } from '#runtime/cgroup/controller.js';
import { LIMIT_CONTROLLERS } from '#runtime/cgroup/limit-controllers.js';
import type { Limits } from '#runtime/cgroup/limits.js';

const EVERY: Limits = {
  cpu: { maxCores: 1, periodUsec: 50_000, burstUsec: 1000, weight: 50, idle: true },
  cpuset: { cpus: '0', mems: '0' },
  memory: { maxBytes: 8, highBytes: 7, lowBytes: 6, minBytes: 5, swapMaxBytes: 4, oomGroup: true },
  io: {
    weight: 200,
    devices: [{ major: 8, minor: 0, asked: '8:0', readBytesPerSec: 1, writeBytesPerSec: 2, readIops: 3, writeIops: 4 }],
  },
  pids: { max: 7 },
  hugetlb: { '2MB': 4096, '1GB': 'max' },
};

/** Every write that carries a limit, on v1 and v2. */
function writes(): CgroupWrite[] {
  return Object.values(LIMIT_CONTROLLERS).flatMap((controller) =>
    (['v1', 'v2'] as const).flatMap((version) => {
      const half = controller[version] as { plan(limits: unknown, current: unknown, has: () => boolean): CgroupWrite[] };
      return half.plan(EVERY[controller.key], {}, () => true);
    }),
  );
}

test('every file that limits are written to is watched, for the limits it carries', () => {
  const paths = limitEntries(EVERY).map(({ path }) => path);
  const files = new Set(writes().map(({ file }) => file));
  assert.ok(files.size > 25, [...files].join(' '));
  // That pages move along is no limit.
  files.delete('cpuset.memory_migrate');
  for (const file of files) {
    const fields = fieldsOfFile(file);
    assert.ok(fields !== undefined, `${file} is not watched`);
    assert.ok(
      paths.some((path) => isOneOf(path, fields)),
      `${file}: none of ${fields.join(', ')} is a limit`,
    );
  }
  const watched = paths.filter((path) => [...files].some((file) => isOneOf(path, fieldsOfFile(file) ?? [])));
  assert.deepEqual(watched, paths);
});

test('what carries no limit is not', () => {
  for (const file of ['cgroup.procs', 'memory.current', 'memory.stat', 'cpu.stat', 'hugetlb.2MB.current', 'tasks', 'constructor'])
    assert.equal(fieldsOfFile(file), undefined, file);
});

test('the freezer of either version is the state', () => {
  assert.deepEqual(fieldsOfFile('freezer.state'), ['state']);
  assert.deepEqual(fieldsOfFile('cgroup.freeze'), ['state']);
});

test('a field stands for those below it and for no other', () => {
  assert.equal(isOneOf('io.devices[8:0].readBps', ['io.devices']), true);
  assert.equal(isOneOf('hugetlb.2MB', ['hugetlb']), true);
  assert.equal(isOneOf('memory.max', ['memory.max', 'memory.swap']), true);
  assert.equal(isOneOf('memory.maximum', ['memory.max']), false);
});
