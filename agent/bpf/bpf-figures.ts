import type { ProgramCost } from '#native/bpf-object.js';

/** What of a container the programs added up, for /metrics; a part whose program does not run is absent. */
export interface ContainerFigures {
  /** Words of agent/bpf/run-queue.ts. */
  runQueue?: Float64Array;
  /** Words of agent/bpf/block-io.ts by `MAJ:MIN operation`. */
  blockIo?: ReadonlyMap<string, Float64Array>;
  /** Words of agent/bpf/tcp.ts. */
  tcp?: Float64Array;
  /** Words of agent/bpf/processes.ts. */
  processes?: Float64Array;
}

/** One collector: whether it runs, else why not. */
export interface CollectorState {
  name: string;
  object: string;
  state: 'loading' | 'on' | 'off';
  reason?: string;
}

/** What the programs cost and lost. */
export interface OwnFigures {
  collectors: CollectorState[];
  costs: (ProgramCost & { object: string })[];
  drops: { object: string; ringFull: number; mapFull: number }[];
}

/** Figures of programs, for /metrics. */
export interface BpfFigures {
  container(id: string): ContainerFigures;
  own(): OwnFigures;
}
