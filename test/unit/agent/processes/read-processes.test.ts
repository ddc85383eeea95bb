import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ProcessHost, readProcesses } from '#agent/processes/read-processes.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

interface Fake {
  pid: number;
  ppid?: number;
  nspid?: string;
  comm?: string;
  cmdline?: string;
  state?: string;
  ticks?: number;
  flags?: number;
  files?: Record<string, string>;
  status?: string;
}

function write(root: string, { pid, ppid = 7, comm = 'x', cmdline = 'x\0', state = 'S', ...fake }: Fake): void {
  const { nspid = `${pid}`, ticks = 150, flags = 0, files = {}, status = '' } = fake;
  const dir = join(root, String(pid));
  mkdirSync(join(dir, 'fd'), { recursive: true });
  const text = `Name:\t${comm}\nUid:\t0\t1000\t0\t0\nGid:\t0\t1001\t0\t0\nVmRSS:\t    2048 kB\nNSpid:\t${nspid}\n${status}`;
  // pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime prio nice threads itrealvalue start
  const stat = `${pid} (${comm}) ${state} ${ppid} 0 0 0 0 ${flags} 0 0 0 0 ${ticks} 50 0 0 20 0 3 0 1000 0 0`;
  for (const [name, value] of Object.entries({
    status: text,
    stat,
    cmdline,
    cgroup: '0::/a\n',
    wchan: '0',
    uid_map: '',
    ...files,
  }))
    writeFileSync(join(dir, name), value);
}

function proc(t: Teardown, fakes: Fake[]): string {
  const root = tempDir(t);
  for (const fake of fakes) write(root, fake);
  writeFileSync(join(root, 'stat'), 'cpu 0\nbtime 1700000000\n');
  writeFileSync(join(root, 'uptime'), '110.00 5.00\n');
  return root;
}

const host = (procRoot: string, over: Partial<ProcessHost> = {}): ProcessHost => ({
  procRoot,
  etcRoot: procRoot,
  readInRoot: () => undefined,
  pause: () => undefined,
  monotonicMs: () => 0,
  sleep: async () => {},
  ...over,
});
const PLAIN = { tree: false, pss: false, files: false, intervalMs: undefined };

test('a process whole: pids of both sides, times since boot, a name that misleads', async (t) => {
  const root = proc(t, [
    { pid: 20, nspid: '20\t1', comm: 'sh', cmdline: 'sh\0-c\0\0sleep 1\0' },
    {
      pid: 9,
      nspid: '9\t5\t2',
      comm: 'a) R 1 (\nb',
      cmdline: '',
      flags: 0x00200000,
      status: 'VmSwap:\t 4 kB\nCapEff:\t0000020000000021\nSeccomp:\t2\nNoNewPrivs:\t1\n',
      files: { uid_map: '0 1000 1\n', wchan: 'do_wait', cgroup: '3:pids:/p/q:r\n1:cpu,cpuacct:/p\n0::/\n' },
    },
  ]);
  writeFileSync(join(root, 'passwd'), 'root:x:0:0::/:\nme:x:1000:1000::/:\nalso-me:x:1000:1::/:\nbroken\n');
  const [first, second] = await readProcesses(host(root), { pids: () => [9, 20, 77], init: 20 }, PLAIN);
  assert.deepEqual(first, {
    pid: 9,
    containerPid: 5,
    ppid: 7,
    user: 1000,
    containerUser: 0,
    userName: null,
    hostUserName: 'me',
    group: 1001,
    state: 'S',
    threads: 3,
    kernelThread: true,
    rssBytes: 2 << 20,
    swapBytes: 4096,
    cpuUsec: 2_000_000,
    cpuPercent: 2,
    startedAt: '2023-11-14T22:13:30.000Z',
    name: 'a) R 1 (\nb',
    command: '[a) R 1 (\nb]',
    wchan: 'do_wait',
    capabilities: ['CAP_CHOWN', 'CAP_KILL', 'CAP_41'],
    seccomp: 'filter',
    noNewPrivs: true,
    cgroup: '/p/q:r',
  });
  assert.deepEqual(
    [second?.containerPid, second?.command, second?.containerUser, second?.wchan, second?.seccomp, second?.cgroup],
    [1, 'sh -c  sleep 1', null, null, null, '/a'],
  );
});

test("in the host's pid namespace there is no other pid", async (t) => {
  const root = proc(t, [{ pid: 4 }]);
  assert.equal((await readProcesses(host(root), { pids: () => [4], init: 4 }, PLAIN))[0]?.containerPid, null);
});

test("the container's own names, only from a filesystem the container does not serve itself", async (t) => {
  const root = proc(t, [{ pid: 4, files: { uid_map: '0 0 4294967295' } }]);
  const asked: [string, string][] = [];
  const readInRoot = (dir: string, path: string) => {
    asked.push([dir, path]);
    return 'inside:x:1000:1::/:\n';
  };
  const name = async (mountinfo: string) => {
    writeFileSync(join(root, '4/mountinfo'), mountinfo);
    return (await readProcesses(host(root, { readInRoot }), { pids: () => [4], init: 4 }, PLAIN))[0]?.userName;
  };
  assert.equal(await name('1 0 0:5 / / rw - overlay overlay rw\n'), 'inside');
  assert.deepEqual(asked, [[join(root, '4/root'), 'etc/passwd']]);
  // The last mount on / is the one that is seen.
  assert.equal(await name('1 0 0:5 / / rw - overlay overlay rw\n2 1 0:6 / / rw - fuse.evil x rw\n'), null);
  assert.equal(asked.length, 1);
});

test('a tree: parents before children, depth by depth; a zombie nobody waits for is a child too', async (t) => {
  const root = proc(t, [
    { pid: 3, ppid: 30 },
    { pid: 10, ppid: 1 },
    { pid: 30, ppid: 10 },
    { pid: 31, ppid: 10, state: 'Z', cmdline: '' },
    { pid: 32, ppid: 10 },
  ]);
  mkdirSync(join(root, '10/task/10'), { recursive: true });
  // 32 is a child that runs elsewhere, 99 is gone.
  writeFileSync(join(root, '10/task/10/children'), '30 31 32 99 ');
  const views = await readProcesses(host(root), { pids: () => [3, 10, 30], init: 10 }, { ...PLAIN, tree: true });
  assert.deepEqual(
    views.map(({ pid, depth, state }) => [pid, depth, state]),
    [
      [10, 0, 'S'],
      [30, 1, 'S'],
      [3, 2, 'S'],
      [31, 1, 'Z'],
    ],
  );
});

test('proportional memory and open files on request; a kernel thread has neither', async (t) => {
  const limits =
    'Limit  Soft Limit  Hard Limit  Units\nMax open files            200                  300                  files\n';
  const root = proc(t, [{ pid: 4, files: { smaps_rollup: 'Rss: 9 kB\nPss:  12 kB\nPss_Anon: 3 kB\n', limits } }, { pid: 5 }]);
  for (const fd of ['0', '1', '7']) writeFileSync(join(root, '4/fd', fd), '');
  const views = await readProcesses(host(root), { pids: () => [4, 5], init: 4 }, { ...PLAIN, pss: true, files: true });
  assert.deepEqual(
    views.map(({ pssBytes, openFiles, openFilesMax }) => [pssBytes, openFiles, openFilesMax]),
    [
      [12 << 10, 3, 200],
      [null, null, null],
    ],
  );
});

test('CPU over an interval: of one that was there, of one that started in it; one that ended is left out', async (t) => {
  const root = proc(t, [
    { pid: 4, ticks: 100 },
    { pid: 5, ticks: 100 },
  ]);
  let now = 0;
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
    write(root, { pid: 4, ticks: 125 });
    rmSync(join(root, '5'), { recursive: true });
    write(root, { pid: 6, ticks: 0 });
  };
  const pids = () => (now === 0 ? [4, 5] : [4, 5, 6]);
  const views = await readProcesses(
    host(root, { sleep, monotonicMs: () => now }),
    { pids, init: 4 },
    { ...PLAIN, intervalMs: 500 },
  );
  assert.deepEqual(
    views.map(({ pid, cpuPercent }) => [pid, cpuPercent]),
    [
      [4, 50],
      [6, 100],
    ],
  );
});

test('a file of a process that is no fault but a broken fixture is thrown, not swallowed', async (t) => {
  const root = proc(t, [{ pid: 4 }]);
  rmSync(join(root, '4/status'));
  mkdirSync(join(root, '4/status'));
  await assert.rejects(readProcesses(host(root), { pids: () => [4], init: 4 }, PLAIN), { code: 'EISDIR' });
});
