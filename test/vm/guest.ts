import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobArchive } from './initramfs.js';
import type { GuestKernel } from './kernel-package.js';

export interface GuestJob {
  kernel: GuestKernel;
  initramfs: string;
  cgroup: 'v1' | 'v2' | 'hybrid';
  init: 'job' | 'systemd';
  memoryMiB: number;
  /** A bash script; its exit code is the guest's. */
  script: string;
  timeoutMs: number;
  /** Without a word for so long it hangs, which ends it as the timeout does. */
  silenceMs: number;
  onOutput(stream: 'out' | 'err', chunk: Buffer): void;
}

export interface GuestResult {
  /** The job's exit code; 124 after the timeout, 125 when the guest ended without a word. */
  code: number;
  /** Lines that the job wrote to the port named by TSGOV_GUEST_REPORT. */
  report: string[];
}

const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';
const STATUS = /^\{"rc":(\d+)(?:,"why":"([^"]*)")?\}$/;
const PLAIN_CPU = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,cx16=off';
const LAB_DISK_BYTES = 1 << 30;

/**
 * Boots a guest under QEMU TCG with the host's root shared read-only, runs the job, and answers how it ended. When the
 * guest ended without a word, the console's tail goes to `err`. Nothing is left running or on disk.
 */
export async function runInGuest(job: GuestJob): Promise<GuestResult> {
  const dir = mkdtempSync(join(tmpdir(), 'tsgov-vm-'));
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true });
  // An interrupted run leaves nothing either; the children die with us.
  const interrupted = (): never => process.exit(130);
  process.once('exit', removeDir).once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  try {
    const initrd = join(dir, 'initrd');
    copyFileSync(job.initramfs, initrd);
    appendFileSync(initrd, jobArchive(job.script));
    makeLabDisk(join(dir, 'lab.img'));
    const control: Buffer[] = [];
    let heardAtMs = performance.now();
    const output = (stream: 'out' | 'err') => (chunk: Buffer) => {
      heardAtMs = performance.now();
      job.onOutput(stream, chunk);
    };
    servers.push(
      await listen(join(dir, 'out'), output('out')),
      await listen(join(dir, 'err'), output('err')),
      await listen(join(dir, 'ctl'), (chunk) => control.push(chunk)),
    );
    children.push(startVirtiofsd(dir));
    await waitForFile(join(dir, 'fs'));
    const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(job, dir, initrd)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(qemu);
    const until = performance.now() + job.timeoutMs;
    const timedOut = await endOf(qemu, () => performance.now() > Math.min(until, heardAtMs + job.silenceMs));
    const lines = Buffer.concat(control).toString().split('\n').filter(Boolean);
    const report = lines.filter((line) => !STATUS.test(line));
    const status = STATUS.exec(lines.at(-1) ?? '');
    if (timedOut) {
      job.onOutput('err', consoleTail(dir, 'it hangs, or takes too long'));
      return { code: 124, report };
    }
    if (status?.[2] !== undefined || status === null) job.onOutput('err', consoleTail(dir, status?.[2]));
    return { code: status === null ? 125 : Number(status[1]), report };
  } finally {
    for (const child of children) await stopChild(child);
    for (const server of servers) server.close();
    removeDir();
    process.off('exit', removeDir).off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

function qemuArguments(job: GuestJob, dir: string, initrd: string): string[] {
  const port = (name: string, n: number): string[] => [
    ...['-chardev', `socket,id=${name},path=${join(dir, name)}`],
    ...['-device', `virtserialport,chardev=${name},name=${name},nr=${n}`],
  ];
  const commandLine = [
    'console=ttyS0 panic=-1 quiet rdinit=/init mitigations=off psi=1 norandmaps lsm=landlock,bpf',
    `tsgov.cgroup=${job.cgroup} tsgov.init=${job.init}`,
    ...(job.cgroup === 'v2' ? ['cgroup_no_v1=all'] : []),
  ].join(' ');
  return [
    // One thread for both CPUs: with one each the emulator now and then executes kernel code that another CPU patches, and hangs or
    // crashes; and two guests at a time keep two host CPUs as busy. A plain CPU: memcpy by AVX is a quarter
    // slower to emulate; SSE4 is what prebuilt libraries (SQLite's) take for granted. cx16 on with kernel 6.12 and SMP crashes at random.
    ...['-M', 'pc', '-accel', 'tcg,thread=single', '-cpu', PLAIN_CPU, '-smp', '2', '-m', String(job.memoryMiB)],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', `file:${join(dir, 'console.log')}`],
    ...['-object', `memory-backend-memfd,id=mem,size=${job.memoryMiB}M,share=on`, '-numa', 'node,memdev=mem'],
    ...['-chardev', `socket,id=fs,path=${join(dir, 'fs')}`, '-device', 'vhost-user-fs-pci,chardev=fs,tag=root,queue-size=1024'],
    ...['-drive', `file=${join(dir, 'lab.img')},format=raw,if=none,id=lab,cache=unsafe`, '-device', 'virtio-blk-pci,drive=lab'],
    ...['-device', 'virtio-serial-pci,max_ports=4', ...port('out', 1), ...port('err', 2), ...port('ctl', 3)],
    ...['-kernel', job.kernel.image, '-initrd', initrd, '-append', commandLine],
  ];
}

/** In a mount namespace of its own, on a read-only bind of `/`, so that the guest can change nothing. */
function startVirtiofsd(dir: string): ChildProcess {
  const script = `mkdir ${dir}/lower && mount --bind / ${dir}/lower && mount -o remount,ro,bind ${dir}/lower && exec ${VIRTIOFSD} --socket-path=${dir}/fs -o source=${dir}/lower -o cache=always -o sandbox=chroot --thread-pool-size=0`;
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-m', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
}

function makeLabDisk(path: string): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, LAB_DISK_BYTES);
  closeSync(fd);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', path]);
}

function listen(path: string, onData: (chunk: Buffer) => void): Promise<Server> {
  return new Promise((done, fail) => {
    const server = createServer((socket) => socket.on('data', onData).on('error', () => socket.destroy()));
    server.once('error', fail);
    server.listen(path, () => done(server));
  });
}

async function waitForFile(path: string): Promise<void> {
  for (let waitedMs = 0; !existsSync(path); waitedMs += 10) {
    if (waitedMs > 10_000) throw new Error(`virtiofsd made no socket at ${path}; is qemu-system-common installed?`);
    await sleep(10);
  }
}

/** False once it has ended, true when it is to be ended. */
function endOf(child: ChildProcess, isOver: () => boolean): Promise<boolean> {
  return new Promise((done, fail) => {
    const timer = setInterval(() => {
      if (!isOver()) return;
      clearInterval(timer);
      done(true);
    }, 1000);
    child.once('error', fail);
    child.once('exit', () => {
      clearInterval(timer);
      done(false);
    });
  });
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

function consoleTail(dir: string, why: string | undefined): Buffer {
  const tail = readFileSync(join(dir, 'console.log'), 'utf8').split('\n').slice(-40).join('\n');
  return Buffer.from(`guest failed: ${why ?? 'no status'}; the end of its console:\n${tail}\n`);
}
