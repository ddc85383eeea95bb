import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Discovery } from '#agent/discovery/discovery.js';
import { VitalCgroups } from '#agent/discovery/vital-cgroups.js';
import { ForeignStore } from '#agent/store/foreign-store.js';
import { type FixtureMode, fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';
import { FakeClock } from '#test/support/fake-clock.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const CGROUPS = [
  '/init.scope',
  '/system.slice',
  '/system.slice/cron.service',
  '/system.slice/tsgov.service',
  '/system.slice/tsgov.service/agent',
  '/user.slice',
];

/** A machine whose systemd is in /init.scope and whose agent is a service; on v1 the same in every hierarchy. */
function machine(t: Teardown, mode: FixtureMode) {
  const fixture = fixtureHost(t, mode);
  for (const path of CGROUPS) fixtureCgroup(fixture, path);
  const procRoot = join(fixture.root, 'proc');
  const isIn = (pid: string, path: string): void => {
    const lines = fixture.host.hierarchies.map(({ version, controllers }, index) => {
      const words = controllers.map((each) => (each === 'io' ? 'blkio' : each)).join(',');
      return version === 2 ? `0::${path}` : `${index + 1}:${words}:${path}`;
    });
    mkdirSync(join(procRoot, pid), { recursive: true });
    writeFileSync(join(procRoot, pid, 'cgroup'), `${lines.join('\n')}\n`);
  };
  isIn('self', '/system.slice/tsgov.service/agent');
  isIn('1', '/init.scope');
  return { ...fixture, procRoot, isIn };
}

for (const mode of ['v1', 'v2', 'hybrid'] as const)
  test(`${mode}: whatever is looked for, the cgroups of pid 1 and of the agent, and those above, are never found`, (t) => {
    const { host, procRoot } = machine(t, mode);
    const faults: unknown[] = [];
    const discovery = new Discovery({
      cgroups: host,
      procRoot,
      fileRoot: tempDir(t),
      bootId: 'boot',
      cgroupParent: '/tsgov',
      store: new ForeignStore(tempDir(t)),
      clock: new FakeClock(),
      syscalls: undefined,
      onSeen: () => undefined,
      onGone: () => undefined,
      onFault: (_what, error) => faults.push(error),
    });
    discovery.start();
    assert.deepEqual(
      discovery
        .all()
        .map(({ path }) => path)
        .sort(),
      ['/system.slice/cron.service', '/user.slice'],
    );
    for (const path of ['/init.scope', '/system.slice', '/system.slice/tsgov.service', '/system.slice/tsgov.service/agent'])
      assert.throws(() => discovery.resolve(path), { code: 'STATE_CONFLICT', message: /agent itself|first process/ }, path);
    assert.deepEqual(faults, []);
    discovery.close();
  });

test('they are looked for anew: somebody may move the agent', (t) => {
  const { host, procRoot, isIn } = machine(t, 'v2');
  const vital = new VitalCgroups(host, procRoot);
  const at = (path: string) => vital.whoIn(host.hierarchies.map((hierarchy) => [hierarchy, path] as const));
  assert.equal(at('/init.scope'), "the machine's first process");
  assert.equal(at('/system.slice'), 'the agent itself');
  assert.equal(at('/system.slice/tsgov'), undefined, 'the beginning of a name is not above it');
  isIn('self', '/user.slice');
  assert.equal(at('/user.slice'), undefined);
  vital.renew();
  assert.equal(at('/user.slice'), 'the agent itself');
  assert.equal(at('/system.slice'), undefined);
});
