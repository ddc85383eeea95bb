import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeContext } from '#agent/containers/context.js';
import { DriftLog } from '#agent/drift/log.js';
import { DriftWatch } from '#agent/drift/watch.js';
import { errnoNumber, KernelError } from '#native/kernel-error.js';
import { loadSyscalls } from '#native/libc.js';
import { fixtureHost } from '#test/support/cgroup-fixture.js';
import { FakeClock } from '#test/support/fake-clock.js';

test('where the kernel refuses to be watched, the reason is answered and scans are all there is', async (t) => {
  const clock = new FakeClock();
  const drift = new DriftLog(clock);
  const context = { cgroups: fixtureHost(t, 'hybrid').host, clock, drift, governed: () => [] } as unknown as NodeContext;
  const syscalls = { ...(await loadSyscalls()), fanotify_init: () => -errnoNumber('EPERM') };
  const unexpected = (): never => assert.fail('not called');
  const refused = DriftWatch.open(context, { syscalls, ownPid: process.pid, onOverflow: unexpected, onFault: unexpected });
  assert.ok(refused instanceof KernelError);
  assert.match(refused.message, /^fanotify_init .*: EPERM/);
  assert.equal(drift.watching, 'scan');
});
