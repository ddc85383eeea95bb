import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { errnoName } from '#native/kernel-error.js';
import { encodeTape } from '#runtime/tape/encode.js';
import type { Tape, TapeOp } from '#runtime/tape/ops.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const PLAYER = join(ROOT, 'dist/native/tsgov-init');
const HARNESS = join(ROOT, 'build/native/player-harness');
export const FUZZER = join(ROOT, 'build/native/player-fuzz');

/** One op, its origin optional. */
export type Step<T = TapeOp> = T extends TapeOp ? Omit<T, 'origin'> & { origin?: string } : never;

export interface PlayerMessage {
  type: 'error' | 'warning' | 'pid' | 'gate' | 'pty';
  op: number;
  errno: number;
  value: number;
  text: string;
}

export interface ChildExit {
  type: 'exit';
  /** Whether it is the player itself; else init, or an orphan of either. */
  player: boolean;
  pid: number;
  code: number;
  signal: number;
}

/** What a played tape did: the player's messages until the end of its control socket, then every child's end. */
export interface Played {
  messages: PlayerMessage[];
  exits: ChildExit[];
  stdout: string;
  stderr: string;
  /** The first `error`, or undefined. */
  error: PlayerMessage | undefined;
}

export interface PlayOptions {
  gate?: 'open' | 'shut';
  /** Files opened read-only and handed to the player as slots 1…. */
  inherit?: readonly string[];
  stdin?: string;
  /** Called when the control socket has ended without an error (the program runs), with init's pid. */
  onRunning?: (pid: number) => void | Promise<void>;
  /** Called with all of stdout so far, whenever there is more, and init's pid (the tape must report it). */
  onOutput?: (stdout: string, pid: number) => void;
}

/** Builds player and harness (quick when they are up to date). */
export function buildPlayer(...targets: string[]): void {
  const made = spawnSync('make', ['-s', '-C', join(ROOT, 'native'), 'init', 'test-tools', ...targets], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
}

/** A tape of one half. */
export function straight(steps: readonly Step[], inherited = 0): Tape {
  return { ops: steps.map(withOrigin), slots: 64, inherited };
}

/** A tape that forks: `before`, clone, the child's half, the parent's half. */
export function forked(
  flags: number,
  halves: { before?: readonly Step[]; child: readonly Step[]; parent: readonly Step[] },
): Tape {
  const before = halves.before ?? [];
  const clone: Step = { op: 'clone', flags, cgroup: undefined, parent: before.length + 1 + halves.child.length };
  return straight([...before, clone, ...halves.child, ...halves.parent]);
}

/** Plays a tape (or raw bytes) for real, as the shim would, and waits until everything it started has ended. */
export async function playTape(t: Teardown, tape: Tape | Uint8Array, options: PlayOptions = {}): Promise<Played> {
  const path = join(tempDir(t), 'tape');
  writeFileSync(path, tape instanceof Uint8Array ? tape : encodeTape(tape));
  const args = [PLAYER, path, options.gate ?? 'open', ...(options.inherit ?? [])];
  const child = spawn(HARNESS, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  t.after(() => void child.kill('SIGTERM'));
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(options.stdin ?? '');
  const lines: Line[] = [];
  const reported = pidReport();
  const [stdout, stderr, , status] = await Promise.all([
    drain(child.stdout!, async (text) => options.onOutput?.(text, await reported.pid)),
    drain(child.stderr!),
    follow(child, lines, reported.on, options),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  assert.equal(status, 0, `harness: ${stderr}`);
  const messages = lines.filter((line): line is PlayerMessage => line.type !== 'exit' && line.type !== 'eof');
  const exits = lines.filter((line): line is ChildExit => line.type === 'exit');
  return { messages, exits, stdout, stderr, error: messages.find(({ type }) => type === 'error') };
}

/** Asserts that the player failed at this op with this errno, after nothing but warnings and the like. */
export function assertFailed(played: Played, op: number, errno: string, text: RegExp = /^/): void {
  assert.ok(played.error, `no error; ${JSON.stringify(played)}`);
  assert.equal(`op ${played.error.op}: ${errnoName(played.error.errno)}`, `op ${op}: ${errno}`, JSON.stringify(played));
  assert.match(played.error.text, text);
}

/** Asserts that everything was played and the program ended with this code. */
export function assertRan(played: Played, code = 0): void {
  assert.equal(played.error, undefined, JSON.stringify(played));
  assert.deepEqual(played.exits.at(-1), { ...played.exits.at(-1), code, signal: 0 }, played.stderr);
}

type Line = PlayerMessage | ChildExit | { type: 'eof' };

async function follow(
  child: ChildProcess,
  lines: Line[],
  onPid: (pid: number) => void,
  { onRunning }: PlayOptions,
): Promise<void> {
  for await (const text of createInterface({ input: child.stdio[3] as NodeJS.ReadableStream })) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.type === 'pid') onPid(line.value);
    const pid = lines.find((each): each is PlayerMessage => each.type === 'pid');
    if (line.type !== 'eof' || pid === undefined || lines.some(({ type }) => type === 'error')) continue;
    await onRunning?.(pid.value);
  }
}

/** Output may be seen before the pid's report is; nobody may send a signal to pid 0 then, which is the test's own group. */
function pidReport(): { pid: Promise<number>; on: (pid: number) => void } {
  let on: (pid: number) => void = () => undefined;
  const pid = new Promise<number>((resolve) => {
    on = resolve;
  });
  return { pid, on };
}

async function drain(stream: NodeJS.ReadableStream, onMore?: (text: string) => Promise<void>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    await onMore?.(Buffer.concat(chunks).toString());
  }
  return Buffer.concat(chunks).toString();
}

function withOrigin(step: Step, index: number): TapeOp {
  return { origin: `test/${index}`, ...step } as TapeOp;
}
