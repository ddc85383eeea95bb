import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadSyscalls } from '#native/libc.js';
import { monotonicClock } from '#runtime/cgroup/clock.js';
import type { ExitRecord } from '#runtime/container/exit-record.js';
import { createRuntimeHost, type RuntimeHost } from '#runtime/container/host.js';
import type { InitProcess } from '#runtime/container/init-process.js';
import { type LaunchRequest, launch } from '#runtime/container/launch.js';
import type { Tape } from '#runtime/tape/ops.js';
import { forked, type Step } from './play-tape.js';
import { type Teardown, tempDir } from './temp.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const CLONE_NEWPID = 0x20000000;
const ENV = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL=C'];

/** Builds player and shim (quick when they are up to date). */
export function buildShim(): void {
  const made: SpawnSyncReturns<string> = spawnSync('make', ['-s', '-C', join(ROOT, 'native'), 'init', 'shim'], {
    encoding: 'utf8',
  });
  assert.equal(made.status, 0, made.stderr);
}

const running = new WeakMap<RuntimeHost, InitProcess[]>();

/** A runtime host on the built programs and the real kernel; when the test ends, what it still runs is killed and reaped. */
export async function shimHost(t: Teardown): Promise<RuntimeHost> {
  const host = createRuntimeHost({
    shimPath: join(ROOT, 'dist/native/tsgov-shim'),
    playerPath: join(ROOT, 'dist/native/tsgov-init'),
    syscalls: await loadSyscalls(),
    clock: monotonicClock,
    owner: `test ${process.pid}`,
  });
  running.set(host, []);
  t.after(async () => {
    for (const process of running.get(host) ?? []) if (!process.over) process.signal(9);
    await until(() => host.children.size === 0, 'all shims are reaped');
    host.close();
  });
  return host;
}

export interface ProgramOptions {
  /** Ops of the child between the fork and the gate. */
  setup?: readonly Step[];
  /** Ops before the fork. */
  before?: readonly Step[];
  /** Namespaces; default a pid namespace, so that nothing outlives init. */
  flags?: number;
}

/** The smallest launch: a new pid namespace, the gate, and a program. Slots 1 and 2 are taken by the pipe. */
export function programTape(argv: readonly string[], options: ProgramOptions = {}): Tape {
  return forked(options.flags ?? CLONE_NEWPID, {
    before: [...(options.before ?? []), { op: 'pipe', read: 1, write: 2 }],
    child: [
      { op: 'waitPeer', read: 1 },
      ...(options.setup ?? []),
      { op: 'gate', id: 1 },
      { op: 'closeRest' },
      { op: 'exec', argv: [...argv], envp: ENV, origin: 'process.args' },
    ],
    parent: [{ op: 'reportPid' }, { op: 'signalPeer', write: 2 }, { op: 'finish' }],
  });
}

/** A program on a terminal of the host's devpts. */
export function terminalTape(argv: readonly string[], rows = 0, cols = 0): Tape {
  return programTape(argv, {
    setup: [{ op: 'setsid' }, { op: 'openPty', slave: 3 }, { op: 'useTty', slave: 3, uid: 0, rows, cols }],
  });
}

/** A launch under test: its process, where its files are, and its whole log. */
export interface Launched {
  process: InitProcess;
  stateDir: string;
  logPath: string;
  /** The record, or a failure of the test when the shim was lost. */
  record(): Promise<ExitRecord>;
}

/** Launches into directories of its own. */
export function launched(t: Teardown, host: RuntimeHost, request: Partial<LaunchRequest> & { tape: Tape }): Launched {
  const dir = tempDir(t);
  const logPath = join(dir, 'log');
  const stateDir = join(dir, 'state');
  const log = { path: logPath, maxBytes: 0, maxFiles: 1 };
  const process = launch({ id: 'test', stateDir, log, ...request }, host);
  running.get(host)?.push(process);
  const record = async (): Promise<ExitRecord> => {
    const end = await process.exited;
    if (end.lost) throw new assert.AssertionError({ message: 'the shim was lost' });
    return end;
  };
  return { process, stateDir: request.stateDir ?? stateDir, logPath, record };
}

export function sh(script: string, options?: ProgramOptions): Tape {
  return programTape(['sh', '-c', script], options);
}

export interface CriLine {
  stream: string;
  full: boolean;
  text: Buffer;
}

/** The lines of a CRI log as bytes; fails on one that is malformed. */
export function criLines(path: string): CriLine[] {
  const lines: CriLine[] = [];
  let bytes = readFileSync(path);
  while (bytes.length > 0) {
    const end = bytes.indexOf('\n');
    assert.ok(end >= 0, `${path} ends in half a line`);
    const line = bytes.subarray(0, end);
    const head = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) /.exec(line.toString('latin1'));
    assert.ok(head !== null, `no CRI line: ${line.subarray(0, 80)}`);
    lines.push({ stream: head[1]!, full: head[2] === 'F', text: line.subarray(head[0].length) });
    bytes = bytes.subarray(end + 1);
  }
  return lines;
}

/** What the container wrote to one stream, put together again from its log lines. */
export function logged(lines: readonly CriLine[], stream: 'stdout' | 'stderr'): Buffer {
  const newline = Buffer.from('\n');
  return Buffer.concat(
    lines.filter((line) => line.stream === stream).flatMap(({ full, text }) => (full ? [text, newline] : [text])),
  );
}

/** All bytes of a stream. */
export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Waits until it holds; a condition that never comes true is an error after a minute, not a hang. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + 60_000; !holds(); await sleep(5))
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
}
