import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { OciConfig } from '#runtime/spec/oci.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { requires } from '#test/support/requires.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { runConfig, runHost, startSpec } from '#test/support/run-config.js';
import { runInBusybox, sh } from '#test/support/run-in-busybox.js';
import { buildShim } from '#test/support/shim-host.js';
import { startable } from '#test/support/startable-config.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

test('mount targets through links and .. stay inside the rootfs', async (t) => {
  const outside = tempDir(t);
  const data = tempDir(t);
  writeFileSync(join(data, 'file'), 'mine');
  const host = await runHost(t);
  for (const target of ['/link/deeper', '/link', '/up/x']) {
    const config = { args: sh(`cat ${target}/file`), mounts: [{ type: 'bind' as const, source: data, target }] };
    const { stdout, refused } = await runInBusybox(
      t,
      config,
      (root) => {
        symlinkSync(outside, join(root, 'link'));
        symlinkSync('../../../../..', join(root, 'up'));
      },
      host,
    );
    assert.deepEqual([refused, stdout], [undefined, 'mine']);
    assert.deepEqual(readdirSync(outside), []);
  }
});

test('bind mounts: a file, read-only with all beneath, a missing source', async (t) => {
  const data = tempDir(t);
  writeFileSync(join(data, 'file'), 'mine');
  const host = await runHost(t);
  const mounts = [
    { type: 'bind' as const, source: join(data, 'file'), target: '/etc/one' },
    { type: 'bind' as const, source: data, target: '/data', options: ['ro'] },
    { type: 'bind' as const, source: data, target: '/rw', options: ['nosuid', 'noexec', 'noatime'] },
  ];
  const { stdout, stderr, refused } = await runInBusybox(
    t,
    { args: sh('cat /etc/one; echo x > /data/x; echo y > /rw/y; grep -E " /(data|rw) " /proc/self/mountinfo'), mounts },
    undefined,
    host,
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^mine/);
  assert.match(stderr, /\/data\/x: Read-only file system/);
  assert.match(stdout, / \/data ro,/);
  assert.match(stdout, / \/rw rw,nosuid,noexec,noatime /);
  assert.deepEqual(readdirSync(data), ['file', 'y']);
  const missing = await runInBusybox(
    t,
    { args: sh('true'), mounts: [{ type: 'bind', source: '/no/such/dir', target: '/x' }] },
    undefined,
    host,
  );
  assert.match(missing.refused ?? '', /^mounts\[\d+\]: openTree \/no\/such\/dir: ENOENT/);
});

test("an idmapped bind shows files of the node's root as the mapped user's", async (t) => {
  const data = tempDir(t);
  chmodSync(data, 0o755);
  writeFileSync(join(data, 'file'), 'x');
  const host = await runHost(t);
  const bundle = (options: string[], maps: object): OciConfig => {
    const config = startable(busyboxRootfs(t));
    config.mounts?.push({ destination: '/data', type: 'bind', source: data, options, ...maps });
    config.process.args = ['/bin/stat', '-c', '%u', '/data/file'];
    return validateConfig(config);
  };
  const map = [{ containerID: 0, hostID: 4321, size: 10 }];
  for (const options of [['bind', 'idmap'], ['rbind', 'ridmap', 'ro'], ['bind']]) {
    const { stdout, refused } = await startSpec(host, bundle(options, { uidMappings: map, gidMappings: map }), data).result();
    assert.deepEqual([stdout, refused], ['4321\n', undefined], options.join());
  }
});

test('rootfsPropagation and mount propagation words end in mountinfo', async (t) => {
  const host = await runHost(t);
  const data = tempDir(t);
  for (const [word, expected] of [
    ['shared', /shared:/],
    ['private', / - /],
    ['unbindable', /unbindable/],
  ] as const) {
    const config = startable(busyboxRootfs(t));
    config.mounts?.push({ destination: '/data', type: 'bind', source: data, options: ['rbind', word] });
    config.linux.rootfsPropagation = word;
    config.process.args = ['/bin/grep', '-E', ' (/|/data) ', '/proc/self/mountinfo'];
    const { stdout, refused } = await startSpec(host, validateConfig(config), data).result();
    assert.equal(refused, undefined);
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => / (\/|\/data) r/.test(line));
    assert.equal(lines.length, 2, stdout);
    for (const line of lines) assert.match(line, expected);
  }
});

test("devices: a node of the node's, and all of them when privileged", async (t) => {
  const host = await runHost(t);
  const kmsg = { path: '/dev/kmsg', type: 'c' as const, major: 1, minor: 11, fileMode: 0o640, uid: 0, gid: 4 };
  const { stdout, refused } = await runConfig(
    host,
    { image: { kind: 'host' }, devices: ['/dev/kmsg:/dev/deep/log:r'], args: ['stat', '-c', '%t:%T %a %g %F', '/dev/deep/log'] },
    { devices: () => [kmsg] },
  );
  assert.deepEqual([refused, stdout], [undefined, '1:b 640 4 character special file\n']);
  const all = await runConfig(
    host,
    {
      image: { kind: 'host' },
      privileged: true,
      args: [
        'sh',
        '-c',
        'ls /dev/kmsg; cat /proc/self/status; mkdir /sys/fs/cgroup/x && rmdir /sys/fs/cgroup/x && echo writable',
      ],
    },
    { devices: () => [kmsg] },
  );
  assert.match(all.stdout, /^\/dev\/kmsg\n/);
  assert.match(all.stdout, /CapEff:\t000001fffeffffff/);
  assert.match(all.stdout, /Seccomp:\t0/);
  assert.match(all.stdout, /writable/);
});

test("tsgov's own directories stay hidden in a user namespace", requires({ idmappedRoot: true }), async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout, refused } = await runConfig(
    await runHost(t),
    {
      image: { kind: 'host' },
      userns: 'private',
      idMappings: { uid: map, gid: map },
      args: sh('ls -A /opt | wc -l; cat /proc/kcore | wc -c; umount /opt 2>&1 || echo stays'),
    },
    { hiddenPaths: ['/opt'] },
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^0\n0\n.*stays\n$/s);
});

test('after a run no mount of it is left in this namespace', async (t) => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  await runInBusybox(t, { args: sh('true') });
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
});
