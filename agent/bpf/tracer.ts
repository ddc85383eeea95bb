import { join } from 'node:path';
import { AgentError } from '#agent/contract/errors.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import { type BpfHierarchy, type BpfObject, loadBpfObject } from '#native/bpf-object.js';
import type { Libbpf } from '#native/libbpf.js';
import type { CgroupOwners } from './cgroup-owners.js';
import { TraceQueue } from './trace-queue.js';
import type { CountSource, DecodedEvent, RecordSource, TraceHelp, TraceSource } from './trace-source.js';
import { TRACES } from './traces.js';

export interface TracerOptions {
  lib: Libbpf;
  /** Where the objects are. */
  dir: string;
  hierarchy: BpfHierarchy;
  owners: CgroupOwners;
  clock: { nowMs(): number };
  /** Names system calls; without it they are told by number. */
  syscallName?: ((number: number) => string | undefined) | undefined;
  /** Sizes of ring buffers, for tests; undefined: as they are built. */
  ringBytes?: number | undefined;
}

/** How often rings are emptied. Nothing is polled while nobody watches. */
const POLL_MS = 50;

interface Live {
  object: BpfObject;
  queues: Set<TraceQueue>;
  poll: () => void;
  timer: NodeJS.Timeout;
}

/** Watches what programs tell, each loaded while somebody asks for its kind and shared by all who do. */
export class Tracer {
  readonly #options: TracerOptions;
  readonly #live = new Map<TraceKind, Promise<Live>>();
  readonly #help: TraceHelp;

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#help = {
      cgroupPath: (space, id) => options.owners.path(space, id),
      syscallName: options.syscallName ?? (() => undefined),
      nameOf: (space, id) => options.owners.owner(space, id)?.name,
    };
  }

  /**
   * Resolves once the kernel tells: then events from that moment on until `signal` aborts; of one container (an id), or all. They must be
   * iterated, if only to find that `signal` did. Rejects with BpfError.
   */
  async trace(kind: TraceKind, container: string | undefined, signal: AbortSignal): Promise<AsyncGenerator<TraceEvent>> {
    const queue = new TraceQueue();
    const live = await this.#join(kind, queue);
    return this.#follow(kind, live, queue, container, signal);
  }

  async *#follow(
    kind: TraceKind,
    live: Live,
    queue: TraceQueue,
    container: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<TraceEvent> {
    const stop = () => queue.wake();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const { events, lost } = await queue.take();
        for (const event of events) if (container === undefined || event.container?.id === container) yield event;
        if (lost > 0) yield this.#event(kind, undefined, 'lost', { events: lost });
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#leave(kind, live, queue);
    }
  }

  /** Objects that are loaded now. */
  async objects(): Promise<BpfObject[]> {
    // Whoever asked for the trace is told why it could not be loaded.
    const live = await Promise.all([...this.#live.values()].map((each) => each.catch(() => undefined)));
    return live.flatMap((each) => (each === undefined ? [] : [each.object]));
  }

  /** Ends all that is watched. */
  async close(): Promise<void> {
    const live = [...this.#live.entries()];
    for (const [kind, loading] of live) {
      // One that could not be loaded has nothing to end.
      const each = await loading.catch(() => undefined);
      if (each === undefined) continue;
      for (const queue of each.queues) {
        queue.fail(new AgentError('CANCELLED', 'the agent is going down'));
        this.#leave(kind, each, queue);
      }
    }
  }

  async #join(kind: TraceKind, queue: TraceQueue): Promise<Live> {
    let loading = this.#live.get(kind);
    if (loading === undefined) {
      loading = this.#start(kind);
      this.#live.set(kind, loading);
      loading.catch(() => this.#live.delete(kind));
    }
    const live = await loading;
    // The last reader left while we waited: it is unloaded.
    if (this.#live.get(kind) !== loading) return this.#join(kind, queue);
    live.queues.add(queue);
    return live;
  }

  #leave(kind: TraceKind, live: Live, queue: TraceQueue): void {
    if (!live.queues.delete(queue) || live.queues.size > 0) return;
    clearInterval(live.timer);
    this.#live.delete(kind);
    live.object.close();
  }

  async #start(kind: TraceKind): Promise<Live> {
    const { lib, dir, hierarchy, owners, ringBytes } = this.#options;
    const source: TraceSource = TRACES[kind];
    const sizes = ringBytes === undefined || 'map' in source ? {} : { events: ringBytes };
    const object = await loadBpfObject(lib, join(dir, source.object), { hierarchy, events: true }, sizes);
    lib.trim();
    const queues = new Set<TraceQueue>();
    const tell = (decoded: DecodedEvent | undefined): void => {
      if (decoded === undefined) return;
      const event = this.#event(kind, this.#ownerOf(decoded), decoded.event, decoded.attributes);
      for (const queue of queues) queue.push(event);
    };
    const read = 'map' in source ? countReader(source, object, this.#help, tell) : ringReader(source, object, this.#help, tell);
    let lost = 0;
    const poll = (): void => {
      try {
        owners.refresh();
        read();
        const { ringFull, mapFull } = object.drops();
        if (ringFull + mapFull > lost) for (const queue of queues) queue.lost(ringFull + mapFull - lost);
        lost = ringFull + mapFull;
      } catch (error) {
        for (const queue of queues) queue.fail(error as Error);
      }
    };
    return { object, queues, poll, timer: setInterval(poll, 'map' in source ? source.everyMs : POLL_MS) };
  }

  #ownerOf({ cgroups, network, path }: DecodedEvent): TraceEvent['container'] {
    const { owners } = this.#options;
    for (const [space, id] of cgroups) {
      const owner = owners.owner(space, id);
      if (owner !== undefined) return owner;
    }
    const other = network === undefined ? undefined : owners.ownerOfNetwork(network);
    return other ?? (path === undefined ? undefined : owners.ownerOfPath(path)) ?? null;
  }

  #event(
    kind: TraceKind,
    container: TraceEvent['container'] | undefined,
    event: string,
    attributes: TraceEvent['attributes'],
  ): TraceEvent {
    return { time: new Date(this.#options.clock.nowMs()).toISOString(), kind, event, container: container ?? null, attributes };
  }
}

function ringReader(
  source: RecordSource,
  object: BpfObject,
  help: TraceHelp,
  tell: (event: DecodedEvent | undefined) => void,
): () => void {
  const ring = object.ring((record) => tell(source.decode(record, help)));
  return () => ring.consume();
}

/** Tells what came since the last look. */
function countReader(source: CountSource, object: BpfObject, help: TraceHelp, tell: (event: DecodedEvent) => void): () => void {
  const map = object.map(source.map, { key: source.keyBytes, value: 8 });
  const seen = new Map<string, number>();
  return () => {
    const { count, keys, values } = map.entries();
    for (let index = 0; index < count; index += 1) {
      const key = keys.subarray(index * source.keyBytes, (index + 1) * source.keyBytes);
      const id = key.toString('latin1');
      const value = Number(values.readBigUInt64LE(index * 8));
      const came = value - (seen.get(id) ?? 0);
      seen.set(id, value);
      if (came > 0) tell(source.decodeCount(key, came, help));
    }
  };
}
