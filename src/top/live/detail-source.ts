import type { TsgovClient } from '#agent/client.js';
import type { Details } from '#src/top/container/details.js';
import type { ContainerInterest } from '#src/top/container/interest.js';
import type { DataInput } from '#src/top/source.js';
import { PARTS, type Part } from './container-parts.js';

export interface DetailOptions {
  client: TsgovClient;
  nowMs(): number;
}

/** Asks for the parts of one container that the screen shows, each at its own pace. */
export interface DetailSource {
  /** What is looked at, and when (undefined: now); without a container nothing is asked. */
  want(interest: ContainerInterest | undefined, atMs?: number): void;
  close(): void;
}

/** How often it looks which part is due. */
const BEAT_MS = 250;

/** `tell` gets `details` of the container looked at; what cannot be had is told in `failures`. Never throws. */
export function detailSource({ client, nowMs }: DetailOptions, tell: (input: DataInput) => void): DetailSource {
  let interest: ContainerInterest | undefined;
  /** The one before, where there is none now. */
  let last: ContainerInterest | undefined;
  let atMs: number | undefined;
  let known: Partial<Details> = {};
  let generation = 0;
  let timer: NodeJS.Timeout | undefined;
  const dueMs = new Map<Part, number>();
  const asking = new Set<Part>();

  const ask = async (part: Part, asked: ContainerInterest): Promise<void> => {
    const mine = generation;
    asking.add(part);
    let got: Partial<Details>;
    try {
      got = await part.ask({ client, interest: asked, known, atMs, nowMs });
      if (known.failures?.[part.name] !== undefined) got = { ...got, failures: without(known.failures, part.name) };
    } catch (error) {
      got = { failures: { ...known.failures, [part.name]: (error as Error).message } };
    }
    if (mine !== generation) return;
    asking.delete(part);
    known = { ...known, ...got };
    tell({ kind: 'details', id: asked.id, details: got });
  };
  const beat = (): void => {
    if (interest === undefined) return;
    const clock = performance.now();
    for (const part of PARTS) {
      if (asking.has(part) || clock < (dueMs.get(part) ?? 0) || !isWanted(part, interest)) continue;
      // Of a recorded moment nothing changes: it is asked for once.
      if (atMs !== undefined && !part.recorded) continue;
      dueMs.set(part, atMs === undefined ? clock + part.everyMs(interest) : Number.POSITIVE_INFINITY);
      void ask(part, interest);
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    want: (wanted, wantedAtMs) => {
      interest = wanted;
      // Paused, it may well go on with the same.
      if (wanted === undefined) return stop();
      if (wanted.id !== last?.id || wantedAtMs !== atMs) {
        generation += 1;
        // Samples of this container stay true; all else is of another time.
        known = wanted.id === last?.id && known.samples !== undefined ? { samples: known.samples } : {};
        asking.clear();
        dueMs.clear();
      } else if (wanted.windowMs !== last.windowMs) dueMs.clear();
      last = wanted;
      atMs = wantedAtMs;
      timer ??= setInterval(beat, BEAT_MS);
      beat();
    },
    close: () => {
      generation += 1;
      interest = undefined;
      stop();
    },
  };
}

function isWanted({ panes }: Part, { pane }: ContainerInterest): boolean {
  return panes === 'all' || panes.includes(pane);
}

function without(failures: Details['failures'], name: string): Details['failures'] {
  return Object.fromEntries(Object.entries(failures).filter(([each]) => each !== name));
}
