import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';

const BUSYBOX = '/bin/busybox';
let agent: LiveAgent;
let outside: string;
before(async () => {
  agent = await LiveAgent.start();
  outside = join(agent.dir, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'untouched');
});
after(() => agent.stop());

/** A rootfs with a static shell, then whatever `spoil` does to it. */
function rootfs(spoil: (dir: string) => void): string {
  const dir = mkdtempSync(join(agent.dir, 'rootfs-'));
  mkdirSync(join(dir, 'bin'));
  copyFileSync(BUSYBOX, join(dir, 'bin/busybox'));
  symlinkSync('busybox', join(dir, 'bin/sh'));
  spoil(dir);
  return dir;
}

const untouched = (): void => {
  assert.deepEqual(readdirSync(outside), ['secret']);
  assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'untouched');
};

for (const name of ['proc', 'sys', 'dev']) {
  for (const to of ['absolute', 'relative', 'loop'] as const) {
    test(`/${name} is a symlink (${to}): refused or contained, the node is not touched`, () => {
      const dir = rootfs((root) => {
        const target = { absolute: outside, relative: `..${outside}`.replace('..', '../../../../../..'), loop: name }[to];
        symlinkSync(target, join(root, name));
      });
      const result = agent.tsgov('run', '--rm', `rootfs:${dir}`, '/bin/sh', '-c', 'echo ran');
      if (result.code !== 0) assert.match(result.stderr, new RegExp(name), 'the refusal names it');
      untouched();
    });
  }
}

test('a mount target that is a symlink or has .. lands inside the rootfs', () => {
  const data = join(agent.dir, 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'file'), 'mine');
  const dir = rootfs((root) => symlinkSync(outside, join(root, 'link')));
  for (const target of ['/link', '/link/deeper', '/../../../../link2', '/bin/../link']) {
    const result = agent.tsgov('run', '--rm', '-v', `${data}:${target}`, `rootfs:${dir}`, '/bin/sh', '-c', 'exit 0');
    assert.ok([0, 125].includes(result.code as number), `${target}: ${result.code} ${result.stderr}`);
    untouched();
  }
});

test('masked and read-only paths that are symlinks do not reach the node', () => {
  const dir = rootfs((root) => {
    mkdirSync(join(root, 'proc'));
    symlinkSync(outside, join(root, 'tmp'));
  });
  agent.tsgov('run', '--rm', '--tmpfs', '/tmp', `rootfs:${dir}`, '/bin/sh', '-c', 'echo x > /tmp/x');
  untouched();
});

test('/proc/self/exe of the runtime cannot be overwritten from inside (CVE-2019-5736)', () => {
  const before = readFileSync(process.execPath).length;
  // The container's command is /proc/self/exe: what is executed is the player's image or nothing, and it cannot be opened for writing.
  const dir = rootfs(() => undefined);
  const result = agent.tsgov('run', '--rm', `rootfs:${dir}`, '/proc/self/exe');
  assert.notEqual(result.code, 0);
  const exec = agent.tsgov(
    'run',
    '--rm',
    `rootfs:${dir}`,
    '/bin/sh',
    '-c',
    'for p in /proc/[0-9]*; do echo x > $p/exe; done 2>&1; /bin/busybox true && echo alive',
  );
  assert.match(exec.stdout, /alive/);
  assert.equal(readFileSync(process.execPath).length, before);
});

test('a working directory through a leaked fd is refused or inside (CVE-2024-21626)', () => {
  const dir = rootfs((root) => mkdirSync(join(root, 'proc')));
  for (let fd = 3; fd < 12; fd++) {
    const result = agent.tsgov(
      'run',
      '--rm',
      '-w',
      `/proc/self/fd/${fd}`,
      `rootfs:${dir}`,
      '/bin/sh',
      '-c',
      '/bin/busybox ls ../../../..; /bin/busybox pwd',
    );
    assert.doesNotMatch(result.stdout, /^(home|usr|vmlinuz|boot)$/m, `fd ${fd} led outside`);
  }
  untouched();
});

test("no fd of the runtime's leads the command out of the root, in a run or an exec (CVE-2024-21626, attack 3)", () => {
  const tool = join(agent.dir, 'tool');
  copyFileSync(BUSYBOX, tool);
  // The runtime executes the command by its path: a link in the image must find no directory of the node among the open fds.
  const dir = rootfs((root) => {
    for (let fd = 3; fd < 20; fd++) {
      mkdirSync(join(root, `bin/${fd}`));
      symlinkSync(`/proc/self/fd/${fd}/..${tool}`, join(root, `bin/${fd}/echo`));
    }
  });
  agent.ok('run', '-d', '--name', 'leads', `rootfs:${dir}`, '/bin/busybox', 'sleep', '1000');
  for (let fd = 3; fd < 20; fd++) {
    const command = [`/bin/${fd}/echo`, 'escaped'];
    const run = agent.tsgov('run', '--rm', `rootfs:${dir}`, ...command);
    const exec = agent.tsgov('exec', 'leads', ...command);
    assert.deepEqual([run.stdout, exec.stdout], ['', ''], `fd ${fd} executed a program of the node`);
    assert.deepEqual([run.code, exec.code], [127, 127]);
  }
  agent.ok('rm', '-f', 'leads');
});

test('only 0, 1 and 2 are open, in the init process and in an exec', () => {
  const dir = rootfs(() => undefined);
  agent.ok('run', '-d', '--name', 'fds', `rootfs:${dir}`, '/bin/busybox', 'sleep', '1000');
  const pid = agent.inspect('fds').state.pid;
  assert.deepEqual(readdirSync(`/proc/${pid}/fd`).sort(), ['0', '1', '2']);
  assert.equal(
    agent.ok('exec', 'fds', '/bin/busybox', 'ls', '/proc/self/fd').split('\n').join(' '),
    '0 1 2 3',
    '3 is the directory ls reads',
  );
});

test('an image that is not there, a file, or half a bundle: refused with its name', () => {
  for (const image of ['rootfs:/no/such/dir', `rootfs:${BUSYBOX}`, `bundle:${agent.dir}`, 'rootfs:', 'nonsense']) {
    const result = agent.tsgov('run', '--rm', image, 'true');
    assert.equal(result.code, 125, image);
    assert.match(result.stderr, /image/i);
  }
  assert.ok(existsSync(BUSYBOX));
});
