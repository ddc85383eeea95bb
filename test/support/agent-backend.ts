import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#agent/containers/clock.js';
import { type KernelWitness, NO_WITNESS } from '#agent/containers/kernel-witness.js';
import { type Containers, openContainers } from '#agent/containers/open.js';
import { NO_POLICIES, type PolicySource } from '#agent/containers/policy-source.js';
import { openTapeMaker, type TapeMaker } from '#agent/containers/tape-maker.js';
import type { ContainerBackend } from '#agent/contract/backend.js';
import type { ContainerView, EventView } from '#agent/contract/container.js';
import type { CreateBody } from '#agent/contract/create.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { DriftWatch } from '#agent/drift/watch.js';
import { openEyes } from '#agent/eyes/open-eyes.js';
import { openUsage } from '#agent/eyes/usage.js';
import { KernelError } from '#native/kernel-error.js';
import { loadSyscalls, type Syscalls } from '#native/libc.js';
import { loadNsfs, type Nsfs } from '#native/nsfs.js';
import { loadReadInRoot, type ReadInRoot } from '#native/open-in-root.js';
import { openBlockingWrites } from '#runtime/cgroup/blocking-writes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { monotonicClock } from '#runtime/cgroup/clock.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { createRuntimeHost, type RuntimeHost } from '#runtime/container/host.js';
import { type Teardown, tempCgroupParent, tempDir } from './temp.js';

const NATIVE = resolve(import.meta.dirname, '../../native');

export const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** What outlives one agent in these tests: loading it costs more than most tests. */
let machine: { syscalls: Syscalls; cgroups: CgroupHost; tapes: TapeMaker; nsfs: Nsfs; readInRoot: ReadInRoot } | undefined;

/**
 * The containers of an agent without its API, on the real runtime, on directories and a cgroup parent of its own. `close` and `open` are
 * what a restart of the agent is; what is left at the end of the test is removed.
 */
export class AgentBackend {
  readonly dir: string;
  readonly cgroupParent: string;
  #containers: Containers | undefined;
  #runtime: RuntimeHost | undefined;

  private constructor(dir: string, cgroupParent: string) {
    this.dir = dir;
    this.cgroupParent = cgroupParent;
  }

  /** `others`: containers that are not ours are looked for too. */
  static async start(t: Teardown, options: Partial<Pick<AgentBackend, 'others' | 'policies'>> = {}): Promise<AgentBackend> {
    // Teardown runs in the order of registration: the agent's comes before its directories'.
    let agent: AgentBackend | undefined;
    t.after(() => agent?.stop());
    agent = Object.assign(new AgentBackend(tempDir(t), tempCgroupParent(t)), options);
    await agent.open();
    return agent;
  }

  /** On directories of somebody else, who also removes what is left; not yet open. */
  static at(dir: string, cgroupParent: string): AgentBackend {
    return new AgentBackend(dir, cgroupParent);
  }

  /** Whether containers that are not ours are looked for: as they come and go, or by scans. */
  others: 'events' | 'scans' | 'no' = 'no';
  policies: PolicySource = NO_POLICIES;

  /** What the kernel tells of containers; a test may set another. */
  witness: KernelWitness = NO_WITNESS;

  /** What else there is of them than the API shows. */
  get containers(): Containers {
    if (this.#containers === undefined) throw new Error('this agent is closed');
    return this.#containers;
  }

  get root(): string {
    return join(this.dir, 'root');
  }

  get state(): string {
    return join(this.dir, 'state');
  }

  get backend(): ContainerBackend {
    if (this.#containers === undefined) throw new Error('this agent is closed');
    return this.#containers.backend;
  }

  get eyes(): NodeEyes {
    if (this.#containers === undefined || machine === undefined) throw new Error('this agent is closed');
    const { nsfs, readInRoot } = machine;
    const { find, all, context } = this.#containers;
    // No ticks here: what a container uses is not known.
    const usage = openUsage({ context, hostname: 'here', latest: () => undefined });
    return openEyes({ procRoot: '/proc', etcRoot: '/etc', nsfs, readInRoot, find, all, usage, clock: REAL_CLOCK, sleep });
  }

  /** Hears of what others write to limits, as the whole agent does. */
  guard(t: Teardown, reports?: 'paths'): DriftWatch {
    const watch = this.#containers?.guard({
      reports,
      ownPid: process.pid,
      onFault: (error) => {
        throw error;
      },
    });
    if (watch === undefined || watch instanceof KernelError) throw watch ?? new Error('this agent is closed');
    t.after(() => watch.close());
    return watch;
  }

  /** Looks at all limits once. */
  async reassert(): Promise<void> {
    await this.#containers?.reassert();
  }

  async open(clock: Clock = REAL_CLOCK): Promise<void> {
    machine ??= {
      syscalls: await loadSyscalls(),
      cgroups: detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }),
      tapes: await openTapeMaker('/proc'),
      nsfs: await loadNsfs(),
      readInRoot: await loadReadInRoot(),
    };
    const { syscalls, tapes } = machine;
    this.#runtime = createRuntimeHost({
      shimPath: join(NATIVE, 'tsgov-shim'),
      playerPath: join(NATIVE, 'tsgov-init'),
      syscalls,
      clock: monotonicClock,
      owner: this.state,
    });
    const { children } = this.#runtime;
    const path = join(NATIVE, 'tsgov-write');
    const cgroups = {
      ...machine.cgroups,
      blockingWrites: openBlockingWrites({ path, syscalls, children, clock: monotonicClock }),
    };
    this.#containers = openContainers({
      root: this.root,
      state: this.state,
      cgroupParent: this.cgroupParent,
      procRoot: '/proc',
      sysRoot: '/sys',
      syscalls,
      runtime: this.#runtime,
      cgroups,
      tapes,
      clock,
      random: Math.random,
      log: { maxBytes: 1 << 20, maxFiles: 3 },
      policies: this.policies,
      ...(this.others === 'no' ? {} : { others: { fileRoot: '', syscalls: this.others === 'events' ? syscalls : undefined } }),
      witness: {
        cgroupMade: (container) => this.witness.cgroupMade(container),
        oomVictims: (container) => this.witness.oomVictims(container),
      },
    });
    await this.#containers.adopt();
    await this.#containers.discover();
  }

  /** Has a shim started ahead, as the whole agent does. */
  keepSpareShim(): void {
    this.#runtime?.spare.keep();
  }

  /** Lets go of the containers, which run on. */
  async close(): Promise<void> {
    await this.#containers?.close();
    this.#runtime?.close();
    this.#containers = undefined;
    this.#runtime = undefined;
  }

  /** Removes every container and closes. */
  async stop(): Promise<void> {
    if (this.#containers === undefined) await this.open();
    await this.removeAll();
    await this.close();
  }

  async removeAll(): Promise<void> {
    for (const { id } of this.backend.list())
      await this.backend.remove(id, { force: true }).catch((error: { code?: string }) => {
        // One with --rm may have gone by itself meanwhile.
        if (error.code !== 'CONTAINER_NOT_FOUND') throw error;
      });
  }

  /** Creates and starts one from `host:`; answers its id. */
  async run(command: string | readonly string[], body: Partial<CreateBody> = {}): Promise<string> {
    const { id } = await this.create(command, body);
    await this.backend.start(id);
    return id;
  }

  create(command: string | readonly string[], body: Partial<CreateBody> = {}): Promise<{ id: string; name: string }> {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : [...command];
    return this.backend.create({ image: 'host:', command: argv, ...body });
  }

  /** The exit code of one that was started. */
  async exit(ref: string): Promise<number> {
    return (await this.backend.wait(ref, 'not-running', new AbortController().signal)).exitCode;
  }

  /** What it wrote so far; both streams. */
  async output(ref: string): Promise<string> {
    const chunks: Buffer[] = [];
    const options = { follow: false, tail: undefined, since: undefined, until: undefined };
    for await (const line of this.backend.logs(ref, options, new AbortController().signal)) chunks.push(line.data);
    return Buffer.concat(chunks).toString();
  }

  /** Waits until the container's view answers `check`. */
  async until(ref: string, check: (view: ContainerView) => boolean, timeoutMs = 60_000): Promise<ContainerView> {
    for (const end = Date.now() + timeoutMs; ; ) {
      const view = this.backend.inspect(ref);
      if (check(view)) return view;
      if (Date.now() > end) throw new Error(`timed out waiting on ${JSON.stringify(view.state)}`);
      await new Promise((resolveWait) => setTimeout(resolveWait, 10));
    }
  }

  /** All events so far. */
  async events(): Promise<EventView[]> {
    const abort = new AbortController();
    const events: EventView[] = [];
    const iterator = this.backend.events(0, abort.signal)[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([iterator.next(), new Promise<undefined>((end) => setTimeout(end, 20, undefined))]);
      if (next === undefined || next.done === true) break;
      events.push(next.value);
    }
    abort.abort();
    return events;
  }
}

/** All that a stream gives. */
export async function readAll(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
