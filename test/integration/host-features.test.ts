import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { probeFeatures } from '#agent/node/features.js';
import { readNodeFacts } from '#agent/node/host-facts.js';
import { realProbeHost } from '#agent/node/real-host.js';
import { openFds, traces } from '#test/support/leaks.js';
import { cgroupMode, requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

test('this kernel is probed for real, and nothing is left behind', requires({ root: true }), async (t) => {
  const dir = tempDir(t);
  const host = await realProbeHost(join(dir, 'not/yet/made'));
  // What is loaded at first use (koffi's own descriptors) is not a leak.
  const look = () => ({ mounts: traces().mounts, fds: openFds().map(target) });
  let features = probeFeatures(host);
  // In guests others mount and unmount meanwhile: what probing leaves behind is there each time.
  for (let tries = 1; ; tries += 1) {
    const before = look();
    features = probeFeatures(host);
    const after = look();
    if (isDeepStrictEqual(after, before)) break;
    if (tries === 10) assert.deepEqual(after, before);
  }
  assert.deepEqual(readdirSync(dir), []);

  const status = (name: string) => features.find((feature) => feature.name === name)?.status ?? assert.fail(`no feature ${name}`);
  for (const feature of features)
    assert.equal(feature.cost === '', feature.status === 'ok' || feature.group === 'system', feature.name);
  // Where the kernel says so itself in its own files.
  assert.equal(status('PSI') === 'ok', existsSync('/proc/pressure/memory'));
  assert.equal(status('BTF') === 'ok', existsSync('/sys/kernel/btf/vmlinux'));
  assert.equal(
    status('user namespaces') === 'ok',
    existsSync('/proc/self/ns/user') && readFileSync('/proc/sys/user/max_user_namespaces', 'utf8').trim() !== '0',
  );
  assert.equal(status('seccomp filter') === 'ok', existsSync('/proc/sys/kernel/seccomp/actions_avail'));
  const mode = features.find((feature) => feature.name === 'cgroup filesystem');
  assert.equal(mode?.detail.split(' ')[0], cgroupMode());
  assert.deepEqual(
    features.filter((feature) => feature.essential && feature.status === 'missing').map((feature) => feature.name),
    [],
    'a machine that runs these tests can run containers',
  );
});

test("the facts are the machine's", async () => {
  const facts = readNodeFacts(await realProbeHost('/'));
  assert.equal(facts.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  assert.ok(facts.memoryBytes > 1 << 26 && facts.cpus >= 1 && facts.os !== 'unknown');
});

/** A descriptor without its number, which may be taken again. */
function target(line: string): string {
  return line.replace(/^\d+ -> /, '').replace(/\d+/g, 'N');
}
