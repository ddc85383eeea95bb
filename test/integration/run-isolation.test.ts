import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

/** Docker's default set: chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service net_raw sys_chroot mknod audit_write setfcap. */
const DOCKER_CAPS = '00000000a80425fb';

test('a container sees only itself: pid 1, its processes, its hostname, loopback only', () => {
  const out = agent.ok(
    'run',
    '--rm',
    '--hostname',
    'inside',
    'host:',
    '--',
    'sh',
    '-c',
    'id -u; hostname; echo $$; ls -d /proc/[0-9]* | wc -l; ls /sys/class/net; cat /proc/net/dev',
  );
  const [uid, hostname, pid, processes, ...net] = out.split('\n');
  assert.equal(uid, '0');
  assert.equal(hostname, 'inside');
  assert.equal(pid, '1');
  assert.ok(Number(processes) <= 3, `sh and its pipeline only, saw ${processes}`);
  const interfaces = net.filter((line) => line.includes(':')).map((line) => line.split(':')[0]?.trim());
  assert.deepEqual(interfaces, ['lo']);
});

test('loopback is up', () => {
  assert.match(agent.ok('run', '--rm', 'host:', 'cat', '/proc/net/if_inet6', '/proc/net/fib_trie'), /127\.0\.0\.1/);
});

test('default capabilities, seccomp on, no_new_privs as asked', () => {
  const status = (...flags: string[]) => agent.ok('run', '--rm', ...flags, 'host:', 'cat', '/proc/self/status');
  const plain = status();
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) assert.match(plain, new RegExp(`^${set}:\\t${DOCKER_CAPS}$`, 'm'));
  for (const set of ['CapInh', 'CapAmb']) assert.match(plain, new RegExp(`^${set}:\\t0+$`, 'm'));
  assert.match(plain, /^Seccomp:\t2$/m);
  assert.match(plain, /^NoNewPrivs:\t0$/m);
  const tight = status('--security-opt', 'no-new-privileges', '--cap-drop', 'ALL', '--cap-add', 'NET_RAW', '--user', '1234:2345');
  assert.match(tight, /^NoNewPrivs:\t1$/m);
  assert.match(tight, /^CapBnd:\t0+2000$/m);
  assert.match(tight, /^CapEff:\t0+$/m);
  assert.match(tight, /^Uid:\t1234\t1234\t1234\t1234$/m);
  assert.match(tight, /^Gid:\t2345\t2345\t2345\t2345$/m);
  assert.match(status('--security-opt', 'seccomp=unconfined'), /^Seccomp:\t0$/m);
});

test('exit codes: the command, a signal, not found, not executable', () => {
  const code = (...command: string[]) => agent.tsgov('run', '--rm', 'host:', '--', ...command).code;
  assert.equal(code('sh', '-c', 'exit 7'), 7);
  assert.equal(code('sh', '-c', 'kill -9 $$; sleep 5'), 0, 'pid 1 ignores its own SIGKILL, then sleep ends');
  assert.equal(code('sh', '-c', 'sh -c "kill -TERM \\$\\$"; exit $?'), 143);
  assert.equal(code('/no/such/command'), 127);
  assert.equal(code('no-such-command'), 127);
  assert.equal(code('/etc/passwd'), 126);
  assert.equal(code('/etc'), 126);
});

test('what a container writes does not reach the node, and the root can be read-only', () => {
  assert.equal(agent.ok('run', '--rm', 'host:', 'sh', '-c', 'echo x > /etc/tsgov-was-here && cat /etc/tsgov-was-here'), 'x');
  assert.notEqual(agent.tsgov('run', '--rm', 'host:', 'cat', '/etc/tsgov-was-here').code, 0);
  const readOnly = agent.tsgov(
    'run',
    '--rm',
    '--read-only',
    '--tmpfs',
    '/scratch',
    'host:',
    'sh',
    '-c',
    'echo y > /scratch/y && cat /scratch/y; echo x > /etc/x',
  );
  assert.equal(readOnly.stdout.trim(), 'y');
  assert.match(readOnly.stderr, /[Rr]ead-only/);
  assert.notEqual(readOnly.code, 0);
});

test('kernel knobs are masked or read-only', () => {
  const out = agent.ok(
    'run',
    '--rm',
    'host:',
    'sh',
    '-c',
    'cat /proc/kcore | wc -c; ls /proc/acpi /proc/scsi /sys/firmware | grep -vc : ; (echo 0 > /proc/sys/kernel/printk) 2>&1; (echo c > /proc/sysrq-trigger) 2>&1; mount -t tmpfs x /mnt 2>&1; true',
  );
  assert.match(out, /^0$/m);
  assert.match(out, /printk.*(Read-only|denied)/i);
  assert.match(out, /sysrq-trigger.*(Read-only|denied|nonexistent)/i);
  assert.match(out, /mount:.*(denied|permitted|must be superuser|permission)/i);
});

test('devices are the default ones, and a pty is there with -t', () => {
  const out = agent.ok(
    'run',
    '--rm',
    'host:',
    'sh',
    '-c',
    'ls /dev; stat -c %t:%T /dev/null /dev/urandom; head -c 3 /dev/zero | wc -c; ls -l /dev/fd /dev/ptmx',
  );
  for (const node of ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'shm', 'mqueue', 'pts', 'ptmx', 'fd', 'stdin'])
    assert.match(out, new RegExp(`^${node}$`, 'm'));
  assert.doesNotMatch(out, /^(vda|sda|kmsg|mem|loop0)$/m);
  const tty = agent.ok('run', '--rm', '-t', 'host:', 'sh', '-c', 'tty; test -t 0 && test -t 1 && echo yes');
  assert.match(tty, /\/dev\/pts\/0/);
  assert.match(tty, /yes/);
});

test('nothing but 0, 1 and 2 is open in a container', () => {
  agent.ok('run', '-d', '--name', 'fds', 'host:', 'sleep', '1000');
  assert.deepEqual(readdirSync(`/proc/${agent.inspect('fds').state.pid}/fd`).sort(), ['0', '1', '2']);
});

test('environment, working directory, user by name, groups, ulimits, sysctl, shm size', () => {
  const out = agent.ok(
    ...[
      'run',
      '--rm',
      '-e',
      'A=1 2',
      '-e',
      'EMPTY=',
      '-w',
      '/new/dir',
      '--ulimit',
      'nofile=64:128',
      '--sysctl',
      'net.ipv4.ip_forward=1',
      '--shm-size',
      '8m',
    ],
    ...[
      'host:',
      'sh',
      '-c',
      'echo "$A|$EMPTY|$HOME|$PWD"; ulimit -Sn; ulimit -Hn; cat /proc/sys/net/ipv4/ip_forward; df -k /dev/shm | tail -1',
    ],
  );
  const [env, soft, hard, forward, shm] = out.split('\n');
  assert.equal(env, '1 2||/root|/new/dir');
  assert.equal(soft, '64');
  assert.equal(hard, '128');
  assert.equal(forward, '1');
  assert.match(shm ?? '', /\b8192\b/);
  assert.equal(agent.ok('run', '--rm', '-u', 'nobody', 'host:', 'id', '-un'), 'nobody');
});

test('bind mounts: read-write, read-only, missing source, propagation', () => {
  agent.ok('run', '--rm', '-v', `${agent.dir}:/data`, 'host:', 'sh', '-c', 'echo from inside > /data/note');
  assert.equal(agent.ok('run', '--rm', '-v', `${agent.dir}:/data:ro`, 'host:', 'cat', '/data/note'), 'from inside');
  const refused = agent.tsgov('run', '--rm', '-v', `${agent.dir}:/data:ro`, 'host:', 'sh', '-c', 'echo x > /data/note');
  assert.notEqual(refused.code, 0);
  assert.match(refused.stderr, /[Rr]ead-only/);
});

test("--init: pid 1 is not the command, orphans are reaped, the exit code is the command's", () => {
  const out = agent.tsgov(
    'run',
    '--rm',
    '--init',
    'host:',
    'sh',
    '-c',
    'echo pid $$; (sleep 0.1 & ) ; sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l; exit 9',
  );
  assert.equal(out.code, 9, out.stderr);
  assert.doesNotMatch(out.stdout, /pid 1\n/);
  assert.match(out.stdout, /^0$/m);
});

test('stdin goes in with -i and output comes back whole', () => {
  assert.equal(agent.tsgovWith({ input: 'hello\n' }, 'run', '-i', '--rm', 'host:', 'cat').stdout, 'hello\n');
  const big = Buffer.alloc(5 << 20, 'abcdefghijklmno\n').toString();
  assert.equal(agent.tsgovWith({ input: big }, 'run', '-i', '--rm', 'host:', 'cat').stdout.length, big.length);
});

test('host namespaces when asked for, own ones otherwise', () => {
  const links = ['pid', 'net', 'uts', 'ipc'].map((name) => `/proc/self/ns/${name}`);
  const host = links.map((link) => readlinkSync(link));
  const shared = agent.ok(
    'run',
    '--rm',
    '--pid',
    'host',
    '--network',
    'host',
    '--uts',
    'host',
    '--ipc',
    'host',
    'host:',
    'readlink',
    ...links,
  );
  assert.deepEqual(shared.split('\n'), host);
  const own = agent.ok('run', '--rm', 'host:', 'readlink', ...links).split('\n');
  for (const [i, link] of own.entries()) assert.notEqual(link, host[i]);
});

test("a user namespace maps root away from the node's root", () => {
  const out = agent.ok('run', '--rm', '--userns', 'private', 'host:', 'cat', '/proc/self/uid_map');
  assert.match(out, /^\s*0\s+[1-9]\d*\s+\d+$/m);
});
