import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { before, test } from 'node:test';
import { requires } from '#test/support/requires.js';
import { runConfig, runHost } from '#test/support/run-config.js';
import { buildShim } from '#test/support/shim-host.js';

before(() => buildShim());

const image = { kind: 'host' } as const;
const sh = (script: string): string[] => ['sh', '-c', script];
/** Docker's fourteen. */
const DEFAULT_CAPS = '00000000a80425fb';
const field = (status: string, name: string): string | undefined => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1];

test('a host: container has its own processes, names, devices, filesystems and rights', async (t) => {
  const host = await runHost(t);
  const { stdout, refused, warnings } = await runConfig(host, {
    image,
    args: sh('echo $$ $(hostname); exec cat /proc/self/status /proc/self/mountinfo'),
  });
  assert.equal(refused, undefined);
  assert.deepEqual(warnings, []);
  assert.match(stdout, /^1 tsgov-test-\w+\n/);
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) assert.equal(field(stdout, set), DEFAULT_CAPS);
  for (const set of ['CapInh', 'CapAmb']) assert.match(field(stdout, set) ?? '', /^0+$/);
  assert.deepEqual(
    [field(stdout, 'Seccomp'), field(stdout, 'NoNewPrivs'), field(stdout, 'Umask'), field(stdout, 'Groups')?.trim()],
    ['2', '0', '0022', ''],
  );
  const mounts = new Map(
    stdout
      .split('\n')
      .filter((line) => line.includes(' - '))
      .map((line) => [line.split(' ')[4], line]),
  );
  assert.match(mounts.get('/') ?? '', / - overlay overlay rw,lowerdir=\//);
  assert.match(mounts.get('/proc') ?? '', /rw,nosuid,nodev,noexec,relatime - proc /);
  assert.match(mounts.get('/sys') ?? '', /ro,nosuid,nodev,noexec,relatime - sysfs /);
  assert.match(mounts.get('/dev') ?? '', /rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755/);
  assert.match(mounts.get('/dev/shm') ?? '', /nosuid,nodev,noexec.* - tmpfs shm rw,size=65536k/);
  assert.match(mounts.get('/proc/sys') ?? '', / ro,/);
  assert.match(mounts.get('/proc/keys') ?? '', /\/null \/proc\/keys /);
  assert.match(mounts.get('/sys/firmware') ?? '', / ro,.* - tmpfs /);
  assert.ok(
    [...mounts.values()].every((line) => !/ (shared|master):/.test(line)),
    'nothing is shared with the node',
  );
});

test('the container is in the root of its own cgroup namespace, and its cgroups are read-only', async (t) => {
  const { stdout } = await runConfig(await runHost(t), {
    image,
    args: sh('cat /proc/self/cgroup; cd /sys/fs/cgroup; for d in . */; do mkdir $d/x && echo made; done 2>&1'),
  });
  for (const line of stdout.split('\n').filter((each) => /^\d+:/.test(each))) {
    // The named hierarchy of systemd is not one that containers are put in.
    if (!line.includes('name=')) assert.match(line, /:\/$/);
  }
  assert.match(stdout, /Read-only file system/);
  assert.doesNotMatch(stdout, /^made/m);
});

test('user, groups, umask, rlimits, environment and directory', async (t) => {
  const script =
    'id -u; id -G; umask; ulimit -Sn; ulimit -Hn; pwd; echo "$HOME|$A|$HOSTNAME"; echo reopened > /dev/stdout; ls -ld /new/dir; cat /proc/self/status';
  const { stdout, stderr, refused } = await runConfig(await runHost(t), {
    image,
    args: sh(script),
    user: '1234:2345',
    groups: ['77'],
    umask: 0o27,
    ulimits: [{ name: 'nofile', soft: 64, hard: 128 }],
    env: ['A=1 2'],
    workdir: '/new/dir',
    hostname: 'inside',
  });
  assert.equal(refused, undefined, stderr);
  const [uid, gids, umask, soft, hard, pwd, env, reopened, dir] = stdout.split('\n');
  assert.deepEqual(
    [uid, gids, umask, soft, hard, pwd, env, reopened],
    ['1234', '2345 77', '0027', '64', '128', '/new/dir', '/|1 2|inside', 'reopened'],
  );
  assert.match(dir ?? '', /^drwxr-xr-x .* root root /);
  assert.match(field(stdout, 'CapEff') ?? '', /^0+$/);
  assert.equal(field(stdout, 'CapBnd'), DEFAULT_CAPS);
});

test('a directory only root may enter is still the working directory of another user', async (t) => {
  const { exitCode, refused } = await runConfig(await runHost(t), { image, args: sh('true'), user: '1234', workdir: '/root' });
  assert.deepEqual([exitCode, refused], [0, undefined]);
});

test('no_new_privs, dropped capabilities and no filter, as asked', async (t) => {
  const host = await runHost(t);
  const tight = await runConfig(host, {
    image,
    args: sh('cat /proc/self/status'),
    securityOpt: ['no-new-privileges'],
    capDrop: ['ALL'],
    capAdd: ['NET_RAW'],
  });
  assert.deepEqual(
    [field(tight.stdout, 'NoNewPrivs'), field(tight.stdout, 'Seccomp'), field(tight.stdout, 'CapEff')],
    ['1', '2', '0000000000002000'],
  );
  const open = await runConfig(host, { image, args: sh('cat /proc/self/status'), securityOpt: ['seccomp=unconfined'] });
  assert.equal(field(open.stdout, 'Seccomp'), '0');
  const admin = await runConfig(host, {
    image,
    args: sh('cat /proc/self/status; mount -t tmpfs x /mnt && echo mounted'),
    capAdd: ['sys_admin'],
  });
  assert.deepEqual([field(admin.stdout, 'Seccomp'), admin.stdout.trimEnd().split('\n').at(-1)], ['2', 'mounted']);
});

test('the default profile refuses mount with EPERM and clone3 with ENOSYS', async (t) => {
  const { stdout, stderr } = await runConfig(await runHost(t), {
    image,
    args: sh('unshare -U true; (exec 2>&1; mount -t tmpfs x /mnt); dmesg | head -1'),
  });
  assert.match(stdout + stderr, /unshare: unshare failed: Operation not permitted/);
  assert.match(stdout + stderr, /mount: .*(permission denied|not permitted)/i);
});

test('a read-only root can still be given places to write', async (t) => {
  const { stdout, stderr } = await runConfig(await runHost(t), {
    image,
    args: sh('echo x > /etc/x; echo y > /scratch/y && cat /scratch/y; echo z > /dev/shm/z && echo shm'),
    readonlyRootfs: true,
    tmpfs: ['/scratch:size=1m'],
  });
  assert.match(stderr, /Read-only file system/);
  assert.equal(stdout, 'y\nshm\n');
});

test('host namespaces when asked for', async (t) => {
  const { stdout, refused } = await runConfig(await runHost(t), {
    image,
    args: ['readlink', ...['pid', 'net', 'uts', 'ipc', 'cgroup'].map((name) => `/proc/self/ns/${name}`)],
    pid: 'host',
    network: 'host',
    uts: 'host',
    ipc: 'host',
    cgroupns: 'host',
  });
  assert.equal(refused, undefined);
  assert.deepEqual(
    stdout.trim().split('\n'),
    ['pid', 'net', 'uts', 'ipc', 'cgroup'].map((name) => readlinkSync(`/proc/self/ns/${name}`)),
  );
});

test('a time namespace has its own clocks', async (t) => {
  const { stdout, refused } = await runConfig(await runHost(t), {
    image,
    args: ['cat', '/proc/uptime'],
    timeOffsets: { boottime: { secs: 10_000_000, nanosecs: 0 } },
  });
  assert.equal(refused, undefined);
  assert.ok(Number(stdout.split(' ')[0]) > 10_000_000, stdout);
});

test('sysctls of its own namespaces, shm size, no more', async (t) => {
  const { stdout } = await runConfig(await runHost(t), {
    image,
    args: sh('cd /proc/sys; cat net/ipv4/ip_forward net/ipv4/ip_unprivileged_port_start kernel/shmmni; df -k /dev/shm | tail -1'),
    sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.shmmni': '77' },
    shmSizeBytes: 8 << 20,
  });
  assert.match(stdout, /^1\n0\n77\nshm +8192 /);
});

test("--init: pid 1 is the reaper, the command its child, and the exit code the command's", async (t) => {
  const { stdout, exitCode } = await runConfig(await runHost(t), {
    image,
    init: true,
    args: sh('echo $$; cat /proc/1/comm; exit 9'),
  });
  assert.equal(exitCode, 9);
  assert.doesNotMatch(stdout, /^1\n/);
});

test('an unknown command, a file that is none, a directory', async (t) => {
  const host = await runHost(t);
  for (const [command, errno] of [
    ['/no/such', 'ENOENT'],
    ['no-such-command', 'ENOENT'],
    ['/etc/passwd', 'EACCES'],
    ['/etc', 'EACCES'],
  ] as const) {
    const { refused } = await runConfig(host, { image, args: [command] });
    assert.match(refused ?? '', new RegExp(`^process.args: exec ${command}: ${errno}`));
  }
});

test("tsgov's own directories are empty in a host: container", async (t) => {
  const { stdout } = await runConfig(
    await runHost(t),
    { image, args: sh('ls -A /opt | wc -l; echo x > /opt/x 2>&1 || echo kept') },
    { hiddenPaths: ['/opt'] },
  );
  assert.match(stdout, /^0\n.*kept\n$/s);
});

test('a tmpfs upper layer where the disk cannot be one', async (t) => {
  const { stdout, refused } = await runConfig(
    await runHost(t),
    { image, args: sh('echo x > /etc/here && cat /etc/here; grep " / / " /proc/self/mountinfo') },
    { upper: 'tmpfs' },
  );
  assert.equal(refused, undefined);
  assert.match(stdout, /^x\n.*overlay/);
});

test("a terminal: pty of the container's own devpts, console, session", async (t) => {
  const { stdout, refused } = await runConfig(await runHost(t), {
    image,
    tty: true,
    args: sh(
      'tty; test -t 0 && test -t 2 && echo yes; ls -l /dev/console; echo $TERM; ps -o tty= -p 1 2>/dev/null || cut -d" " -f7 /proc/1/stat',
    ),
  });
  assert.equal(refused, undefined);
  assert.match(stdout, /^\/dev\/pts\/0\r?\nyes\r?\ncrw/);
  assert.match(stdout, /xterm/);
});

test('host: in a user namespace: root inside, nobody outside, and it can write', requires({ idmappedRoot: true }), async (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const { stdout, stderr, refused } = await runConfig(await runHost(t), {
    image,
    userns: 'private',
    idMappings: { uid: map, gid: map },
    args: sh(
      'cat /proc/self/uid_map; id -u; stat -c %u /etc/passwd; echo x > /etc/here && cat /etc/here; echo null > /dev/null && echo ok',
    ),
  });
  assert.equal(refused, undefined, stderr);
  assert.match(stdout, /^\s+0\s+100000\s+65536\n0\n0\nx\nok\n$/, stderr);
});
