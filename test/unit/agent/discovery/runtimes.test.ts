import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { RUNTIMES as WORDS } from '#agent/contract/runtimes.js';
import type { Foreign } from '#agent/discovery/foreign.js';
import { notOurs } from '#agent/discovery/not-ours.js';
import type { DiscoveryHost, ParentProcess } from '#agent/discovery/runtime.js';
import { RUNTIMES, recognise, recogniseByParent } from '#agent/discovery/runtimes.js';

const HOST: DiscoveryHost = {
  procRoot: '/proc',
  fileRoot: resolve(import.meta.dirname, '../../../../../test/fixtures/discovery'),
};
const DOCKER = '4d9c6e1b0a3f4d9c6e1b0a3f4d9c6e1b0a3f4d9c6e1b0a3f4d9c6e1b0a3f4d9c';
const PODMAN = 'bbd6594ee25a70f607184672a73699337e599cad778f466303d8572b6c356af5';
const CRIO = 'c0ffee00'.repeat(8);
const CRI = 'cafe0000'.repeat(8);
const UNKNOWN = 'ab'.repeat(32);
const POD = '01234567-89ab-cdef-0123-456789abcdef';
const SLICE = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice`;

/** Path → [runtime, id, others' may be below]; cgroupfs and systemd drivers. */
const PATHS: Readonly<Record<string, [string, string, boolean]>> = {
  [`/docker/${UNKNOWN}`]: ['docker', UNKNOWN, false],
  [`/system.slice/docker-${UNKNOWN}.scope`]: ['docker', UNKNOWN, false],
  [`/batch/${DOCKER}`]: ['docker', DOCKER, false],
  [`/batch/${UNKNOWN}`]: ['other', `/batch/${UNKNOWN}`, true],
  '/docker': ['other', '/docker', true],
  [`/libpod_parent/libpod-${PODMAN}`]: ['podman', PODMAN, false],
  [`/machine.slice/libpod-${PODMAN}.scope`]: ['podman', PODMAN, false],
  [`/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${PODMAN}.scope`]: ['podman', PODMAN, false],
  [`/machine.slice/libpod-conmon-${PODMAN}.scope`]: ['systemd', `/machine.slice/libpod-conmon-${PODMAN}.scope`, true],
  [`/kubepods/burstable/pod${POD}`]: ['kubernetes', POD, true],
  [`/kubepods/pod${POD}`]: ['kubernetes', POD, true],
  [SLICE]: ['kubernetes', POD, true],
  '/kubepods/burstable': ['other', '/kubepods/burstable', true],
  '/kubepods.slice': ['systemd', '/kubepods.slice', true],
  [`${SLICE}/cri-containerd-${CRI}.scope`]: ['containerd', CRI, false],
  [`/kubepods/burstable/pod${POD}/${CRI}`]: ['containerd', CRI, false],
  [`${SLICE}/crio-${CRIO}.scope`]: ['crio', CRIO, false],
  [`${SLICE}/docker-${UNKNOWN}.scope`]: ['docker', UNKNOWN, false],
  '/default/job': ['containerd', 'job', false],
  [`/system.slice/nerdctl-${UNKNOWN}.scope`]: ['containerd', UNKNOWN, false],
  '/lxc.payload.web': ['lxc', 'web', false],
  '/process_api/x/lxc.payload.web': ['lxc', 'web', false],
  '/lxc/web': ['lxc', 'web', false],
  '/lxc.payload/web': ['lxc', 'web', false],
  '/lxc.monitor.web': ['other', '/lxc.monitor.web', true],
  '/machine.slice/machine-build.scope': ['nspawn', 'build', false],
  '/machine.slice/systemd-nspawn@a\\x2db.service': ['nspawn', 'a-b', false],
  '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope': ['systemd', '/machine.slice/machine-qemu\\x2d1\\x2dvm.scope', true],
  '/system.slice/cron.service': ['systemd', '/system.slice/cron.service', true],
  '/system.slice': ['systemd', '/system.slice', true],
  '/by/hand': ['other', '/by/hand', true],
};

test('whose cgroup a path is', () => {
  for (const [path, expected] of Object.entries(PATHS)) {
    const { knowledge, id, holds } = recognise(path, HOST);
    assert.deepEqual([knowledge.runtime, id, holds], expected, path);
  }
  assert.deepEqual(RUNTIMES.map(({ runtime }) => runtime).sort(), WORDS.filter((word) => word !== 'tsgov').sort());
});

function factsOf(path: string, parent?: ParentProcess) {
  const { knowledge, id } = recognise(path, HOST);
  return knowledge.facts({ id, path, parent }, HOST);
}

test('what runtimes call them, from their own files', () => {
  const docker = factsOf(`/docker/${DOCKER}`);
  assert.deepEqual(
    [docker?.name, docker?.image, docker?.labels, docker?.command, docker?.createdAtMs],
    ['shop', 'nginx:1.27', { tier: 'front' }, ['nginx', '-g', 'daemon off;'], Date.UTC(2026, 0, 2, 3, 4, 5, 123)],
  );
  const podman = factsOf(`/x/libpod-${PODMAN}`);
  assert.deepEqual([podman?.name, podman?.image, podman?.labels?.tier], ['webby', 'docker.io/library/alpine:3', 'batch']);
  const crio = factsOf(`${SLICE}/crio-${CRIO}.scope`);
  assert.deepEqual([crio?.name, crio?.image, crio?.labels], ['k8s_cart_cart-7d9f_shop_0', 'registry/cart:2', { app: 'cart' }]);
  const cri = factsOf(`${SLICE}/cri-containerd-${CRI}.scope`);
  assert.deepEqual([cri?.name, cri?.image, cri?.command], ['cart-7d9f/cart', 'registry/cart:2', ['/cart']]);
  assert.equal(factsOf('/default/job')?.name, 'job');
  const pod = factsOf(SLICE);
  assert.deepEqual([pod?.name, pod?.labels?.['tsgov.pod/qos']], ['shop/cart-7d9f', 'burstable']);
  assert.equal(factsOf(`/kubepods/pod${POD}`)?.labels?.['tsgov.pod/qos'], 'guaranteed');
  assert.equal(factsOf('/lxc.payload.web')?.image, 'dir:/var/lib/lxc/web/rootfs');
  const nspawn = factsOf('/machine.slice/machine-build.scope');
  assert.deepEqual([nspawn?.name, nspawn?.image, nspawn?.createdAtMs], ['build', '/var/lib/machines/build', 1_767_323_045_000]);
  assert.equal(factsOf('/system.slice/a\\x2db.service')?.name, 'a-b.service');
});

test('one that no file knows has no facts, but by its monitor', () => {
  assert.equal(factsOf(`/docker/${UNKNOWN}`), undefined);
  assert.equal(factsOf(`/x/libpod-${UNKNOWN}`), undefined);
  const conmon = { pid: 1, comm: 'conmon', args: ['conmon', '-c', UNKNOWN, '-b', '/no/such/userdata', '-n', 'later'] };
  assert.equal(factsOf(`/x/libpod-${UNKNOWN}`, conmon)?.name, 'later');
  const shim = { pid: 1, comm: 'containerd-shim', args: ['containerd-shim-runc-v2', '-namespace', 'n', '-id', 'job7'] };
  assert.deepEqual(recogniseByParent(shim)?.id, 'job7');
  assert.equal(recogniseByParent({ pid: 1, comm: 'systemd', args: ['/sbin/init'] }), undefined);
});

test('what is left to a runtime says its command', () => {
  const said = (path: string, verb: string): string => {
    const { knowledge } = recognise(path, HOST);
    return notOurs({ knowledge, runtime: knowledge.runtime, name: 'web' } as Foreign, verb).message;
  };
  assert.match(said(`/docker/${UNKNOWN}`, 'logs'), /cannot logs web: it is a container of docker; use: docker logs web$/);
  assert.match(said('/lxc/web', 'stop'), /use: lxc-stop -n web$/);
  assert.match(said('/system.slice/cron.service', 'stop'), /a unit of systemd; use: systemctl stop web$/);
  assert.match(said('/by/hand', 'rm'), /a cgroup that tsgov did not make; tsgov limits, freezes and watches it$/);
});
