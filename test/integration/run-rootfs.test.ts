import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { requires } from '#test/support/requires.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { type RunHost, type RunResult, runConfig, runHost, startConfig, startSpec } from '#test/support/run-config.js';
import { buildShim } from '#test/support/shim-host.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

before(() => buildShim());

const sh = (script: string): string[] => ['/bin/sh', '-c', script];

async function run(
  t: Teardown,
  config: Omit<ContainerConfig, 'id' | 'image'>,
  spoil?: (dir: string) => void,
  host?: RunHost,
): Promise<RunResult & { dir: string }> {
  const dir = busyboxRootfs(t, spoil);
  return { ...(await runConfig(host ?? (await runHost(t)), { image: { kind: 'rootfs', dir }, ...config })), dir };
}

test("a rootfs is the container's root, and what it writes is there afterwards", async (t) => {
  const { stdout, refused, dir } = await run(t, { args: sh('ls /; echo hello > /made') });
  assert.equal(refused, undefined);
  assert.deepEqual(stdout.trim().split('\n'), ['bin', 'dev', 'proc', 'sys']);
  assert.equal(readFileSync(join(dir, 'made'), 'utf8'), 'hello\n');
});

test('a read-only rootfs', async (t) => {
  const { stderr, dir } = await run(t, { args: sh('echo x > /made'), readonlyRootfs: true });
  assert.match(stderr, /Read-only file system/);
  assert.ok(!readdirSync(dir).includes('made'));
});

for (const name of ['proc', 'sys', 'dev']) {
  test(`/${name} as a symlink in the rootfs is refused, and the node is not touched`, async (t) => {
    const outside = tempDir(t);
    writeFileSync(join(outside, 'secret'), 'untouched');
    for (const target of [outside, `../../../../../..${outside}`, name, '/bin']) {
      const { refused, exitCode } = await run(t, { args: sh('echo ran') }, (root) => symlinkSync(target, join(root, name)));
      assert.match(refused ?? '', new RegExp(`^mounts\\[\\d\\]: (open|mkdirAll) /${name}: E`), target);
      assert.notEqual(exitCode, 0);
      assert.deepEqual(readdirSync(outside), ['secret']);
    }
  });
}

test('mount targets through links and .. stay inside the rootfs', async (t) => {
  const outside = tempDir(t);
  const data = tempDir(t);
  writeFileSync(join(data, 'file'), 'mine');
  const host = await runHost(t);
  for (const target of ['/link/deeper', '/link', '/up/x']) {
    const config = { args: sh(`cat ${target}/file`), mounts: [{ type: 'bind' as const, source: data, target }] };
    const { stdout, refused } = await run(
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
  const { stdout, stderr, refused } = await run(
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
  const missing = await run(
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

test("a rootfs in a user namespace is its root's own", async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout, refused, dir } = await run(
    t,
    {
      userns: 'private',
      idMappings: { uid: map, gid: map },
      args: sh('id -u; stat -c %u /bin/busybox; touch /made; cat /proc/self/uid_map'),
    },
    (root) => chmodSync(root, 0o755),
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^0\n0\n\s+0\s+100000\s+65536\n$/);
  assert.equal(statSync(join(dir, 'made')).uid, 0, 'on disk it is the root the map stands for');
});

test("users and groups by the names of the rootfs's own files, links in it resolved inside", async (t) => {
  const { stdout, refused } = await run(t, { user: 'app', groups: ['extra'], args: sh('id; echo $HOME') }, (root) => {
    mkdirSync(join(root, 'real'));
    symlinkSync('/real', join(root, 'etc'));
    writeFileSync(join(root, 'real/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n');
    writeFileSync(join(root, 'real/group'), 'app:x:1001:\nusers:x:100:app\nextra:x:55:\n');
  });
  assert.equal(refused, undefined);
  assert.match(stdout, /^uid=1000\S* gid=1001\S* groups=(?=.*\b100\b)(?=.*\b55\b)/);
  assert.match(stdout, /\/home\/app/);
});

test('exec joins everything: namespaces, cgroups, root, user, filter; the exit code comes back', async (t) => {
  const dir = busyboxRootfs(t);
  const started = startConfig(await runHost(t), { image: { kind: 'rootfs', dir }, args: ['/bin/sleep', '1000'] });
  await started.launched.process.started;
  const inside = await started.exec({
    args: sh(
      'ls -d /proc/[0-9]* | wc -l; id -u; cat /proc/self/status; for n in mnt pid net ipc uts cgroup; do readlink /proc/1/ns/$n; readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; ls /proc/self/fd; exit 7',
    ),
    env: ['PATH=/bin'],
  });
  assert.equal(inside.exitCode, 7, inside.stderr);
  assert.match(inside.stdout, /\nSeccomp:\t2\n/);
  assert.match(inside.stdout, /\nCapEff:\t00000000a80425fb\n/);
  const names = inside.stdout.match(/^\w+:\[\d+\]$/gm) ?? [];
  assert.equal(names.length, 12, inside.stdout);
  for (let pair = 0; pair < 12; pair += 2) assert.equal(names[pair], names[pair + 1]);
  for (const line of inside.stdout.match(/^\d+:.*$/gm) ?? []) if (!line.includes('name=')) assert.match(line, /:\/$/);
  assert.match(inside.stdout, /\n0\n1\n2\n3\n$/, 'fds: 0 to 2, and the directory that ls reads');
  const other = await started.exec({
    args: sh('id -u; id -G; pwd'),
    user: { uid: 12, gid: 34, additionalGids: [56] },
    cwd: '/bin',
  });
  assert.equal(other.stdout, '12\n34 56\n/bin\n');
  const missing = started.exec({ args: ['/no/such'] });
  await assert.rejects(missing, /process.args: exec \/no\/such: ENOENT/);
  const tty = await started.exec({
    args: sh('test -t 1 && echo terminal'),
    terminal: true,
    user: { uid: 0, gid: 0 },
    env: ['PATH=/bin'],
  });
  assert.match(tty.stdout, /^terminal/);
  started.launched.process.signal(9);
  await started.result();
});

test('hooks run in their order and places, with the state on stdin', async (t) => {
  const dir = tempDir(t);
  const config = startable(busyboxRootfs(t));
  const hook = (name: string, where = dir) => ({
    path: '/bin/sh',
    args: [
      'sh',
      '-c',
      `cat > ${where}/${name}; echo ${name} >> ${where}/order; readlink /proc/self/ns/net >> ${where}/order; test -d ${config.root.path}/proc/1 && echo mounted >> ${where}/order; true`,
    ],
    timeout: 10,
  });
  config.hooks = {
    prestart: [hook('prestart')],
    createRuntime: [hook('createRuntime')],
    createContainer: [hook('createContainer')],
    startContainer: [{ path: '/bin/sh', args: ['sh', '-c', '/bin/cat > /started'] }],
  };
  config.annotations = { 'a.b': 'c' };
  config.process.args = sh('cat /started');
  const { stdout, stderr, refused } = await startSpec(await runHost(t), validateConfig(config), dir).result();
  assert.equal(refused, undefined, stderr);
  const order = readFileSync(join(dir, 'order'), 'utf8').split('\n');
  assert.deepEqual(
    order.filter((line) => /^\w+$/.test(line) && line !== 'mounted'),
    ['prestart', 'createRuntime', 'createContainer'],
  );
  const nets = order.filter((line) => line.startsWith('net:'));
  assert.equal(nets[0], nets[1]);
  assert.notEqual(nets[1], nets[2], "createContainer runs in the container's namespaces");
  assert.deepEqual(
    order.filter((line) => line === 'mounted'),
    ['mounted'],
    'createContainer sees the root put together, at its place on the node',
  );
  const state = JSON.parse(readFileSync(join(dir, 'createRuntime'), 'utf8'));
  assert.equal(state.status, 'creating');
  assert.equal(state.bundle, dir);
  assert.deepEqual(state.annotations, { 'a.b': 'c' });
  assert.ok(state.pid > 1);
  assert.equal(JSON.parse(stdout).pid, state.pid, "the node's pid, inside too");
  assert.equal(JSON.parse(stdout).status, 'created');
});

test("a startContainer hook, whose program is the image's, has no more rights than the container", async (t) => {
  const config = startable(busyboxRootfs(t));
  const rights = (file: string) => `/bin/busybox grep -E '^(Uid|CapPrm|CapEff|CapBnd)' /proc/self/status > ${file}`;
  config.hooks = { startContainer: [{ path: '/bin/sh', args: ['sh', '-c', rights('/hook')] }] };
  const names = ['CAP_CHOWN', 'CAP_KILL'];
  config.process.capabilities = { bounding: names, permitted: names, effective: names };
  config.process.args = sh(`${rights('/own')}; cat /hook; echo; cat /own`);
  const root = await startSpec(await runHost(t), validateConfig(config), tempDir(t)).result();
  const [hook, own] = root.stdout.trim().split('\n\n');
  assert.equal(hook, own, root.stderr + root.refused);
  assert.match(hook ?? '', /^CapEff:\t0000000000000021$/m);
});

test('a hook that fails stops the container, with its own words', async (t) => {
  const config = startable(busyboxRootfs(t));
  config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo no luck >&2; exit 3'] }] };
  const { refused } = await startSpec(await runHost(t), validateConfig(config), tempDir(t)).result();
  assert.match(refused ?? '', /^hooks.createRuntime\[0\]: hook .*exit status 3 .*no luck/s);
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

test('a cwd through a descriptor of the runtime is refused', async (t) => {
  const host = await runHost(t);
  for (let fd = 3; fd < 9; fd++) {
    const { refused, stdout } = await run(
      t,
      { args: sh('ls ../../../..; pwd'), workdir: `/proc/self/fd/${fd}` },
      undefined,
      host,
    );
    assert.doesNotMatch(stdout, /^(home|usr|boot)$/m);
    assert.match(refused ?? '', /^process.cwd: /, `fd ${fd}`);
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

test('a filter that blocks execve is refused before anything runs', async (t) => {
  const config = startable(busyboxRootfs(t));
  config.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['execve'], action: 'SCMP_ACT_ERRNO' }] };
  const host = await runHost(t);
  assert.throws(
    () => startSpec(host, validateConfig(config), tempDir(t)),
    /linux.seccomp: the profile does not allow execve \(it answers 0x00050001\): no command could be executed/,
  );
});

test('stdio belongs to the user of a user namespace too', async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout } = await run(
    t,
    {
      userns: 'private',
      idMappings: { uid: map, gid: map },
      user: '5:5',
      args: sh('stat -L -c %u /proc/self/fd/1; echo again > /dev/stdout'),
    },
    (root) => chmodSync(root, 0o755),
  );
  assert.equal(stdout, '5\nagain\n');
});

test('after a run no mount of it is left in this namespace', async (t) => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  await run(t, { args: sh('true') });
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before);
});

test('what runc spec writes runs as it is', requires({ binary: 'runc' }), async (t) => {
  const bundle = tempDir(t);
  assert.equal(spawnSync('runc', ['spec'], { cwd: bundle }).status, 0);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  renameSync(busyboxRootfs(t), join(bundle, 'rootfs'));
  const base = validateConfig(config);
  const args = sh('id -u; hostname; ulimit -n; cat /proc/self/status; echo x > /x');
  const { stdout, stderr, refused } = await runConfig(
    await runHost(t),
    { image: { kind: 'bundle', dir: bundle }, args, tty: false },
    { readBundle: () => base },
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^0\nrunc\n1024\n/);
  assert.match(stdout, /CapEff:\t0000000020000420\n/);
  assert.match(stdout, /NoNewPrivs:\t1\n/);
  assert.match(stderr, /Read-only file system/);
});

test("two containers on one rootfs, each with the kernel's own files", async (t) => {
  const dir = busyboxRootfs(t);
  const host = await runHost(t);
  const both = await Promise.all(
    [1, 2].map(() =>
      runConfig(host, {
        image: { kind: 'rootfs', dir },
        args: sh('cat /proc/1/cmdline | grep -c /bin/sh; ls /proc | grep -c "^[0-9]"'),
      }),
    ),
  );
  for (const { refused, stdout } of both) {
    assert.equal(refused, undefined);
    assert.match(stdout, /^1\n[1-4]\n$/);
  }
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

/** The smallest config.json that starts: what `runc spec` writes, less what a test machine lacks. */
function startable(rootfs: string): OciConfig {
  chownSync(rootfs, 0, 0);
  return {
    ociVersion: '1.0.2',
    root: { path: rootfs },
    process: { user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    ],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'network' }, { type: 'uts' }, { type: 'ipc' }] },
  };
}
