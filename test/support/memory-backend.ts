import { createHash } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { PassThrough } from 'node:stream';
import type { ContainerBackend, LogLine, StreamSession } from '#agent/contract/backend.js';
import type { ContainerView, EventView, StatsView } from '#agent/contract/container.js';
import type { DriftView } from '#agent/contract/drift.js';
import { AgentError } from '#agent/contract/errors.js';

/**
 * Containers that exist only in memory: for tests of the API's translation, which record in `calls` what was asked of it. It runs
 * nothing; what containers do is tested on real ones.
 */
export class MemoryBackend implements ContainerBackend {
  readonly calls: [string, ...unknown[]][] = [];
  readonly #containers = new Map<string, ContainerView>();
  readonly #bus = new EventEmitter().setMaxListeners(0);
  readonly kept: EventView[] = [];
  logLines: LogLine[] = [];
  /** What the next call of that name throws. */
  failNext = new Map<string, Error>();
  /** Sessions handed out, newest last; the test plays the process. */
  readonly sessions: TestSession[] = [];
  /** Waits whose client went away. */
  abandonedWaits = 0;

  #note(name: string, ...args: unknown[]): void {
    this.calls.push([name, ...args]);
    const failure = this.failNext.get(name);
    this.failNext.delete(name);
    if (failure !== undefined) throw failure;
  }

  #find(ref: string): ContainerView {
    const views = [...this.#containers.values()];
    const found = views.find((view) => view.name === ref || view.id === ref) ?? views.find((view) => view.id.startsWith(ref));
    if (found === undefined) throw new AgentError('CONTAINER_NOT_FOUND', `no container ${ref}`);
    return found;
  }

  /** How many follow the events now. */
  get subscribers(): number {
    return this.#bus.listenerCount('event');
  }

  emit(type: string, container?: ContainerView): EventView {
    const event: EventView = { id: this.kept.length + 1, time: '2026-01-01T00:00:00.000Z', type, attributes: {} };
    if (container !== undefined) {
      const { id, name, image, runtime } = container;
      event.container = { id, name, image, runtime };
    }
    this.kept.push(event);
    this.#bus.emit('event', event);
    return event;
  }

  async create(body: Parameters<ContainerBackend['create']>[0]) {
    this.#note('create', body);
    const name = body.name ?? `c${this.#containers.size}`;
    if ([...this.#containers.values()].some((view) => view.name === name))
      throw new AgentError('NAME_IN_USE', `the name ${name} is in use`, { field: 'name' });
    const id = createHash('sha256').update(name).digest('hex');
    this.#containers.set(id, newView(id, name, body.image, body.labels ?? {}));
    return { id, name };
  }
  async start(ref: string) {
    this.#note('start', ref);
    const view = this.#find(ref);
    view.state = { ...view.state, status: 'running', pid: 4242, startedAt: '2026-01-01T00:00:01Z' };
    this.emit('start', view);
  }
  async stop(ref: string, options: object) {
    this.#note('stop', ref, options);
    this.finish(ref, 143);
  }
  async kill(ref: string, signal: string) {
    this.#note('kill', ref, signal);
    this.#find(ref);
  }
  async restart(ref: string, options: object) {
    this.#note('restart', ref, options);
    this.#find(ref).restartCount += 1;
  }
  async freeze(ref: string, options: object) {
    this.#note('freeze', ref, options);
    this.#find(ref).state.status = 'frozen';
  }
  async thaw(ref: string) {
    this.#note('thaw', ref);
    this.#find(ref).state.status = 'running';
  }
  async wait(ref: string, condition: string, signal: AbortSignal) {
    this.#note('wait', ref, condition);
    const view = this.#find(ref);
    if (view.state.exitCode !== null) return { exitCode: view.state.exitCode };
    return new Promise<{ exitCode: number }>((resolve, reject) => {
      this.#bus.once(`exit ${view.id}`, (exitCode: number) => resolve({ exitCode }));
      signal.addEventListener('abort', () => {
        this.abandonedWaits += 1;
        reject(new AgentError('CANCELLED', 'the client gave up'));
      });
    });
  }
  /** The container's command ends. */
  finish(ref: string, exitCode: number): void {
    const view = this.#find(ref);
    view.state = { ...view.state, status: 'exited', pid: null, exitCode, finishedAt: '2026-01-01T00:00:02Z' };
    this.#bus.emit(`exit ${view.id}`, exitCode);
    if (view.autoRemove) this.#containers.delete(view.id);
  }
  view(ref: string): ContainerView {
    return this.#find(ref);
  }
  async remove(ref: string, options: { force: boolean }) {
    this.#note('remove', ref, options);
    const view = this.#find(ref);
    if (view.state.status === 'running' && !options.force)
      throw new AgentError('STATE_CONFLICT', `${view.name} is running; stop it first or remove with force`);
    this.#containers.delete(view.id);
  }
  async rename(ref: string, name: string) {
    this.#note('rename', ref, name);
    this.#find(ref).name = name;
  }
  list() {
    return [...this.#containers.values()];
  }
  inspect(ref: string) {
    this.#note('inspect', ref);
    return this.#find(ref);
  }
  limits(ref: string) {
    return this.#find(ref).limits;
  }
  async setLimits(ref: string, limits: ContainerView['limits'], options: object) {
    this.#note('setLimits', ref, limits, options);
    const view = this.#find(ref);
    view.limits = limits;
    return limits;
  }
  planLimits(ref: string, limits: object, options: object) {
    this.#note('planLimits', ref, limits, options);
    const { id, name } = this.#find(ref);
    return { id, name, writes: [], conditions: [] };
  }
  stats(ref: string): StatsView {
    this.#note('stats', ref);
    const { id, name } = this.#find(ref);
    return {
      id,
      name,
      time: '2026-01-01T00:00:01Z',
      cpu: { usageUsec: this.calls.length },
      memory: { currentBytes: 1 },
      pids: {},
      io: { readBytes: 0, writeBytes: 0, reads: 0, writes: 0, devices: [] },
      network: [],
    };
  }
  drift(ref: string): DriftView {
    const { id, name } = this.#find(ref);
    return { id, name, watching: 'fanotify', total: 0, drifts: [], wars: [] };
  }
  namespaces(ref: string) {
    this.#find(ref);
    return { mnt: 1, pid: 2 };
  }
  plan(ref: string) {
    this.#find(ref);
    return [{ index: 0, op: 'exec', origin: 'process.args', text: 'exec /bin/true' }];
  }
  async *logs(ref: string, options: object, signal: AbortSignal) {
    this.#note('logs', ref, options);
    for (const line of this.logLines) {
      if (signal.aborted) return;
      yield line;
    }
    if ('follow' in options && options.follow) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  async attach(ref: string, options: { stdin: boolean }) {
    this.#note('attach', ref, options);
    this.#find(ref);
    return this.#session(options.stdin);
  }
  async exec(ref: string, body: { stdin?: boolean }) {
    this.#note('exec', ref, body);
    this.#find(ref);
    return this.#session(body.stdin === true);
  }
  async execDetached(ref: string, body: object) {
    this.#note('execDetached', ref, body);
    this.#find(ref);
    return { id: 'exec-1' };
  }
  #session(stdin: boolean): TestSession {
    const session = new TestSession(stdin);
    this.sessions.push(session);
    this.#bus.emit('session', session);
    return session;
  }
  keptEvents(lastId: number | undefined) {
    return this.kept.filter((event) => event.id > (lastId ?? 0));
  }
  async *events(lastId: number | undefined, signal: AbortSignal) {
    const live = on(this.#bus, 'event', { signal });
    try {
      if (lastId !== undefined) yield* this.kept.filter((event) => event.id > lastId);
      for await (const [event] of live) yield event as EventView;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** A session whose process the test plays: write to stdout and stderr, read stdin, then `finish`. */
export class TestSession implements StreamSession {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly stdin: PassThrough | undefined;
  readonly exit: Promise<{ exitCode: number }>;
  readonly resized: [number, number][] = [];
  closed = false;
  #resolve!: (result: { exitCode: number }) => void;
  #reject!: (error: Error) => void;

  constructor(stdin: boolean) {
    this.stdin = stdin ? new PassThrough() : undefined;
    this.exit = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }
  resize(rows: number, cols: number): void {
    this.resized.push([rows, cols]);
  }
  close(): void {
    this.closed = true;
  }
  finish(exitCode: number): void {
    this.stdout.end();
    this.stderr.end();
    this.#resolve({ exitCode });
  }
  fail(error: Error): void {
    this.stdout.end();
    this.stderr.end();
    this.#reject(error);
  }
}

function newView(id: string, name: string, image: string, labels: Record<string, string>): ContainerView {
  return {
    id,
    name,
    image,
    runtime: 'tsgov',
    command: ['true'],
    labels,
    createdAt: '2026-01-01T00:00:00Z',
    state: { status: 'created', pid: null, exitCode: null, oomKilled: false, startedAt: null, finishedAt: null, error: null },
    limits: {},
    limitSources: {},
    conditions: [],
    policies: [],
    cgroups: {},
    restart: 'no',
    restartCount: 0,
    tty: false,
    stdin: false,
    autoRemove: false,
    stopSignal: 'SIGTERM',
    bundle: '/bundle',
    logPath: null,
  };
}
