import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtSpec, namespaceTypes } from '#test/support/built-spec.js';

test("namespaces: the node's, another container's, none", () => {
  assert.deepEqual(namespaceTypes(builtSpec({ pid: 'host', network: 'host', ipc: 'host', uts: 'host', cgroupns: 'host' })), [
    'mount',
  ]);
  assert.deepEqual(
    builtSpec({ network: { path: '/proc/7/ns/net' } }).linux.namespaces?.find((entry) => entry.type === 'network'),
    { type: 'network', path: '/proc/7/ns/net' },
  );
  assert.deepEqual(builtSpec({ network: { path: '/proc/7/ns/net' } }).linux.sysctl, {}, "its sysctls are the other's");
  assert.deepEqual(namespaceTypes(builtSpec({ network: 'none' })), namespaceTypes(builtSpec()));
  assert.equal(builtSpec({ uts: 'host' }).hostname, undefined);
  assert.ok(builtSpec({ uts: 'host' }).process.env?.includes('HOSTNAME=node'));
  assert.equal(builtSpec({ ipc: 'host' }).mounts?.find((mount) => mount.destination === '/dev/shm')?.type, 'bind');
  assert.throws(() => builtSpec({ uts: 'host', hostname: 'x' }), { code: 'SPEC_INVALID', field: 'hostname' });
  assert.ok(namespaceTypes(builtSpec({ timeOffsets: { monotonic: { secs: 1, nanosecs: 0 } } })).includes('time'));
});
