import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CreateBody } from '#agent/contract/create.js';
import { CREATE_FLAGS } from '#src/cli/create/flags.js';
import { createBody } from '#src/cli/create/to-body.js';
import { parseFlags } from '#src/cli/flags/parse-flags.js';
import { UsageError } from '#src/cli/flags/usage-error.js';

const FILES: Record<string, string> = {
  'vars.env': '# comment\n\nA=1\n  B=two words\r\nHOME\nUNSET\nQ="quoted"\n',
  labels: 'tier=batch\nbare\n',
  'bad.env': 'A=1\nno good=2\n',
};
const host = {
  env: { HOME: '/home/me', PATH: '/bin' },
  cwd: '/home',
  readFile: (path: string) => {
    const text = FILES[path];
    if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
    return text;
  },
};

function body(...args: string[]): CreateBody {
  const { flags, positionals } = parseFlags(CREATE_FLAGS, args, { stopAtPositional: true });
  return createBody(flags, positionals, host);
}

for (const [args, expected] of [
  [['--name', 'w'], { name: 'w' }],
  [['-e', 'A=1', '-e', 'HOME', '-e', 'UNSET', '-e', 'E='], { env: ['A=1', 'HOME=/home/me', 'E='] }],
  [['-e', 'A=2', '--env-file', 'vars.env'], { env: ['A=1', 'B=two words', 'HOME=/home/me', 'Q="quoted"', 'A=2'] }],
  [['-l', 'a=1', '--label', 'b', '--label', 'c=x=y'], { labels: { a: '1', b: '', c: 'x=y' } }],
  [['--label-file', 'labels', '-l', 'tier=web'], { labels: { tier: 'web', bare: '' } }],
  [['--annotation', 'k=v'], { annotations: { k: 'v' } }],
  [['-w', '/tmp'], { workdir: '/tmp' }],
  [['-u', '1:2'], { user: '1:2' }],
  [['-h', 'box'], { hostname: 'box' }],
  [['--hostname', 'box', '--domainname', 'lan'], { hostname: 'box', domainname: 'lan' }],
  [['-it'], { tty: true, stdin: true }],
  [['--rm'], { autoRemove: true }],
  [['--restart', 'on-failure:3'], { restart: 'on-failure:3' }],
  [['--network', 'host'], { network: 'host' }],
  [['--net=none'], { network: 'none' }],
  [['--network', 'default'], {}],
  [['-v', '/a:/b'], { mounts: [{ type: 'bind', source: '/a', target: '/b' }] }],
  [['-v', './a:/b:ro,rslave'], { mounts: [{ type: 'bind', source: '/home/a', target: '/b', options: ['ro', 'rslave'] }] }],
  [['-v', '..:/b'], { mounts: [{ type: 'bind', source: '/', target: '/b' }] }],
  [
    ['--mount', 'type=bind,source=a,target=/b,readonly'],
    { mounts: [{ type: 'bind', source: '/home/a', target: '/b', options: ['ro'] }] },
  ],
  [
    ['--mount', 'type=bind,src=/a,dst=/b,ro=false,bind-propagation=rshared,bind-nonrecursive'],
    { mounts: [{ type: 'bind', source: '/a', target: '/b', options: ['bind', 'rshared'] }] },
  ],
  [
    ['--mount', '"type=tmpfs","destination=/with,comma",tmpfs-size=1m,tmpfs-mode=1777'],
    { mounts: [{ type: 'tmpfs', target: '/with,comma', options: ['size=1048576', 'mode=1777'] }] },
  ],
  [['--tmpfs', '/run:size=1m', '--tmpfs', '/tmp'], { tmpfs: ['/run:size=1m', '/tmp'] }],
  [['--device', '/dev/fuse:/dev/fuse:rw'], { devices: ['/dev/fuse:/dev/fuse:rw'] }],
  [['--cap-add', 'NET_ADMIN', '--cap-drop', 'ALL'], { capAdd: ['NET_ADMIN'], capDrop: ['ALL'] }],
  [
    ['--security-opt', 'no-new-privileges', '--security-opt', 'seccomp=unconfined'],
    { securityOpt: ['no-new-privileges', 'seccomp=unconfined'] },
  ],
  [['--security-opt', 'seccomp=p.json'], { securityOpt: ['seccomp=/home/p.json'] }],
  [['--ulimit', 'nofile=64:128'], { ulimits: ['nofile=64:128'] }],
  [['--sysctl', 'net.ipv4.ip_forward=1'], { sysctls: { 'net.ipv4.ip_forward': '1' } }],
  [['--read-only', '--init', '--privileged'], { readOnly: true, init: true, privileged: true }],
  [['--stop-signal', 'SIGINT', '--stop-timeout', '3'], { stopSignal: 'SIGINT', stopTimeout: 3 }],
  [['--oom-score-adj', '-500'], { oomScoreAdj: -500 }],
  [['--shm-size', '8m'], { shmSize: 8 << 20 }],
  [
    ['--pid', 'host', '--ipc', 'host', '--uts', 'host', '--userns', 'host', '--cgroupns', 'host'],
    { pid: 'host', ipc: 'host', uts: 'host', userns: 'host', cgroupns: 'host' },
  ],
  [['--group-add', '27'], { groupAdd: ['27'] }],
  [['--entrypoint', ''], { entrypoint: '' }],
  [['--entrypoint', '/bin/echo'], { entrypoint: '/bin/echo' }],
  [['-m', '64m', '--cpus', '0.5'], { limits: { memory: { max: 64 << 20, swap: 64 << 20 }, cpu: { max: 0.5 } } }],
] as [string[], Partial<CreateBody>][]) {
  test(`flags → create body: ${args.join(' ')}`, () => assert.deepEqual(body(...args, 'host:'), { image: 'host:', ...expected }));
}

test('the command is passed on verbatim, with -- after IMAGE or without', () => {
  assert.deepEqual(body('--rm', 'host:', '--', 'sh', '-c', 'ls -l'), {
    image: 'host:',
    autoRemove: true,
    command: ['sh', '-c', 'ls -l'],
  });
  assert.deepEqual(body('host:', 'sh', '-c', 'ls', '--rm'), { image: 'host:', command: ['sh', '-c', 'ls', '--rm'] });
  assert.deepEqual(body('host:', '--', '--', 'x').command, ['--', 'x']);
  assert.deepEqual(body('host:', 'x', '--', 'y').command, ['x', '--', 'y']);
});

test('directories of images become absolute on this side', () => {
  assert.equal(body('rootfs:./tree').image, 'rootfs:/home/tree');
  assert.equal(body('bundle:/b/').image, 'bundle:/b');
  assert.equal(body('debian:12').image, 'debian:12');
});

for (const [args, message] of [
  [['-v', 'data:/b'], /no named volumes.*\.\/data/],
  [['-v', '/a'], /HOST-PATH:PATH/],
  [['-v', '/a:b'], /absolute/],
  [['-v', '/a:/b:ro:x'], /colons/],
  [['-v', ':/b'], /empty/],
  [['--mount', 'source=/a,target=/b'], /type volume/],
  [['--mount', 'type=bind,target=/b'], /source is missing/],
  [['--mount', 'type=bind,source=/a'], /target is missing/],
  [['--mount', 'type=bind,source=/a,target=b'], /absolute/],
  [['--mount', 'type=tmpfs,source=/a,target=/b'], /no source/],
  [['--mount', 'type=bind,colour=red'], /unknown key "colour"/],
  [['--mount', 'type=tmpfs,target=/b,tmpfs-size=lots'], /tmpfs-size/],
  [['--mount', 'type=tmpfs,target=/b,tmpfs-mode=9'], /tmpfs-mode/],
  [['--mount', '"type=bind'], /quote/],
  [['--mount', 'type=bind,source=/a,target=/b,readonly=perhaps'], /true or false/],
  [['-e', '=x'], /no variable name/],
  [['--env-file', 'bad.env'], /line 2/],
  [['--env-file', 'missing.env'], /ENOENT/],
  [['--label', '=x'], /KEY=VALUE/],
] as [string[], RegExp][]) {
  test(`refused with a reason: ${args.join(' ')}`, () => {
    assert.throws(
      () => body(...args, 'host:'),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}
