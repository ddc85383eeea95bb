import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Teardown } from './temp.js';

interface Request {
  path: string;
  value: string;
  /** Wait until the file says again what it said before. */
  wait: boolean;
}

/** The time from before its write until the file said again what it said before, as the writer itself sees it. */
interface Answer {
  repairMs: number;
}

const DEADLINE_MS = 30_000;
const IMPATIENT_MS = 5;
/** Nobody wakes who waits on it. */
const NOTHING = new Int32Array(new SharedArrayBuffer(4));

/** Another process that writes to interface files: what a container runtime or a person does behind the agent's back. */
export class OutsideWriter {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(t?: Teardown): Promise<OutsideWriter> {
    const child = fork(import.meta.filename, ['outside-writer'], { execArgv: [] });
    const writer = new OutsideWriter(child);
    t?.after(() => writer.end());
    await once(child, 'message');
    return writer;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What the kernel calls it; Nodes differ in that. */
  get comm(): string {
    return readFileSync(`/proc/${this.pid}/comm`, 'utf8').trimEnd();
  }

  /** Writes, and answers how long that stood. */
  async write(path: string, value: string): Promise<number> {
    return (await this.#ask({ path, value, wait: true })).repairMs;
  }

  /** Writes and does not look back. */
  async writeOnly(path: string, value: string): Promise<void> {
    await this.#ask({ path, value, wait: false });
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  async #ask(request: Request): Promise<Answer> {
    const answer = once(this.#child, 'message');
    this.#child.send(request);
    const [result] = (await answer) as [Answer | { error: string }];
    if ('error' in result) throw new Error(result.error);
    return result;
  }
}

/** In the child. Looks without a pause at first, so that the time is the other's; one that is slow may need this CPU. */
function serve({ path, value, wait }: Request): Answer {
  const before = readFileSync(path, 'latin1');
  // Before the write: whom it wakes may be quicker than the way back from it.
  const began = performance.now();
  writeFileSync(path, value, { flag: 'r+' });
  while (wait && readFileSync(path, 'latin1') !== before) {
    const waitedMs = performance.now() - began;
    if (waitedMs > DEADLINE_MS)
      throw new Error(`${path} still says ${JSON.stringify(readFileSync(path, 'latin1'))}, not ${JSON.stringify(before)}`);
    if (waitedMs > IMPATIENT_MS) Atomics.wait(NOTHING, 0, 0, 1);
  }
  return { repairMs: performance.now() - began };
}

if (process.argv[2] === 'outside-writer') {
  process.on('message', (request: Request) => {
    let answer: Answer | { error: string };
    try {
      answer = serve(request);
    } catch (error) {
      answer = { error: String(error) };
    }
    process.send?.(answer);
  });
  process.send?.('ready');
}
