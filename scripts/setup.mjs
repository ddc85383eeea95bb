import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, ROOT, run, which } from './command.mjs';
import { say, Trouble } from './say.mjs';

/** What a build needs from the node, each by a command or file that proves it is there. */
export const BUILD_NEEDS = [
  { package: 'gcc', command: 'gcc', why: 'compiles the tape player and the shim' },
  { package: 'libc6-dev', file: '/usr/include/stdio.h', why: 'C headers and the static libc' },
  { package: 'make', command: 'make', why: 'builds native/' },
];

/** What compiling the BPF objects needs, where those shipped are not of these sources. */
export const BPF_NEEDS = [
  { package: 'clang', command: 'clang', why: 'compiles the BPF programs' },
  { package: 'libbpf-dev', file: '/usr/include/bpf/bpf_helpers.h', why: 'headers of the BPF programs' },
  { package: 'bpftool', file: '/usr/sbin/bpftool', why: 'leaves debug information out of the BPF objects' },
];

/** What running containers needs. */
export const RUN_NEEDS = [
  { package: 'libseccomp2', library: 'libseccomp.so.2', why: 'compiles seccomp profiles' },
  { package: 'libbpf1', library: 'libbpf.so.1', why: 'loads the BPF programs' },
];

/** What the tests and the bench use on top. */
export const TEST_NEEDS = [
  { package: 'crun', command: 'crun', why: 'compared against by the bench and tests' },
  { package: 'runc', command: 'runc', why: 'compared against by the bench and tests' },
  { package: 'podman', command: 'podman', why: 'its containers are found and governed in the tests' },
  { package: 'containerd', command: 'containerd', why: 'its containers are found and governed in the tests' },
  { package: 'lxc', command: 'lxc-execute', why: 'its containers are found and governed in the tests' },
  { package: 'busybox-static', file: '/bin/busybox', why: 'what runs in those containers' },
  { package: 'iproute2', command: 'ip', why: 'reads network namespaces in the tests' },
  { package: 'procps', command: 'ps', why: 'reads processes in the tests' },
  { package: 'util-linux', command: 'nsenter', why: 'enters namespaces in the tests' },
  { package: 'mount', command: 'losetup', why: 'makes the disks of I/O limit tests' },
  { package: 'e2fsprogs', command: 'mkfs.ext4', why: 'puts a filesystem on them' },
  { package: 'dmsetup', command: 'dmsetup', why: 'stacks disks for the tests of I/O limits' },
  { package: 'tmux', command: 'tmux', why: 'is the terminal in the tests of top' },
  { package: 'prometheus', command: 'promtool', why: 'checks metrics, rules and dashboards in the tests' },
  { package: 'chromium', command: 'chromium', why: 'shows the status page in the tests' },
];

/** What the guests of the vm tier boot with; their kernels are downloaded by test/vm/kernel-package.ts, never installed. */
export const GUEST_NEEDS = [
  { package: 'qemu-system-x86', command: 'qemu-system-x86_64', why: 'runs the test guests' },
  { package: 'qemu-system-common', file: '/usr/lib/qemu/virtiofsd', why: "shares this node's files with the test guests" },
  { package: 'busybox-static', file: '/bin/busybox', why: 'first program of a test guest' },
  { package: 'kmod', command: 'depmod', why: 'knows which modules of a kernel need which' },
  { package: 'xz-utils', command: 'xz', why: 'unpacks the modules of a kernel' },
  { package: 'e2fsprogs', command: 'mke2fs', why: "makes the guests' disk" },
  { package: 'systemd', file: '/lib/systemd/systemd', why: 'first process of the guest that systemd runs' },
  { package: 'curl', command: 'curl', why: 'asks the agent in that guest' },
];

/**
 * Installs node_modules unless it already holds what package-lock.json asks for. Not by `npm ci`: that refuses a lock which leaves out
 * optional packages of platforms a registry mirror does not carry. `npm install --no-save` takes the same locked versions, checks the
 * same digests and leaves the lock alone.
 */
export function ensureNodeModules() {
  if (nodeModulesMatchLock()) return;
  say('installing the packages of package-lock.json');
  run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (!nodeModulesMatchLock())
    throw new Trouble('npm install ended well, yet node_modules does not hold what package-lock.json asks for');
}

/** Installs the Debian packages of the needs that are missing; says which and why. */
export function ensureApt(needs) {
  const missing = needs.filter((need) => !isThere(need));
  if (missing.length === 0) return;
  for (const need of missing) say(`needs the Debian package ${need.package}: ${need.why}`);
  const packages = missing.map((need) => need.package);
  const byHand = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!which('apt-get'))
    throw new Trouble(`Missing: ${packages.join(', ')}. There is no apt-get here: install them your node's way.`);
  if (process.getuid() !== 0) throw new Trouble(`Missing: ${packages.join(', ')}. Run as root, or first: sudo ${byHand}`);
  if (!aptInstall(packages)) {
    say('apt does not know or find them yet: apt-get update');
    apt(['update', '-q']);
    if (!aptInstall(packages)) throw new Trouble(`${byHand} failed (output above). Is this node offline?`);
  }
  const still = missing.filter((need) => !isThere(need));
  if (still.length > 0) throw new Trouble(`installed, yet not found: ${still.map((need) => need.package).join(', ')}`);
}

/** True when every package the lock asks for on this platform is installed in that version. */
function nodeModulesMatchLock() {
  const hidden = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const have = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || have[path]?.version === version || (optional && !have[path]),
  );
}

function isThere({ command, file, library }) {
  if (command) return which(command) !== undefined;
  if (file) return existsSync(file);
  return (output('/sbin/ldconfig', ['-p']) ?? '').includes(library);
}

function aptInstall(packages) {
  return apt(['install', '-y', '-q', '--no-install-recommends', ...packages]) === 0;
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: ['ignore', 2, 2] }).status;
}
