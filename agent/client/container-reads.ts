import type { ContainerView, PlanLine, StatsView } from '#agent/contract/container.js';
import type { DriftView } from '#agent/contract/drift.js';
import type { HistoryView } from '#agent/contract/journal.js';
import type { LatencyView } from '#agent/contract/latency.js';
import type { LimitsView } from '#agent/contract/limits.js';
import type { MountView, ProcessView, SocketView } from '#agent/contract/processes.js';
import type { WhyView } from '#agent/contract/why.js';
import type { Calls } from './calls.js';
import type { Duration } from './container-acts.js';
import { type LogsInput, logLines, rawLogs } from './logs.js';
import { containerAt, query } from './query.js';
import { ndjson } from './streamed.js';

/** Any of the statuses, names (globs) and runtimes (tsgov's unless told; `all`), all of the labels (`key` or `key=value`). */
export interface ListFilter {
  status?: string[];
  name?: string[];
  label?: string[];
  runtime?: string[];
}

/** What is read of containers. */
export function containerReads({ transport, get, page, text }: Calls) {
  return {
    list: (filter: ListFilter = {}) => get<ContainerView[]>(`/v1/containers${query({ ...filter })}`),
    /** The list in pages, by id; `cursor` is the `next` of the page before. */
    listPage: (filter: ListFilter & { limit: number; cursor?: string | undefined }) =>
      page<ContainerView>(`/v1/containers${query({ ...filter })}`),
    inspect: (ref: string) => get<ContainerView>(containerAt(ref)),
    /** The limits in force, in the words setLimits takes. */
    limits: (ref: string) => get<LimitsView>(`${containerAt(ref)}/limits`),
    stats: (ref: string) => get<StatsView>(`${containerAt(ref)}/stats`),
    /** Samples until the container is gone or `signal` aborts. */
    statsStream: (ref: string, input: { interval?: Duration; signal?: AbortSignal } = {}) =>
      ndjson<StatsView>(transport, {
        path: `${containerAt(ref)}/stats${query({ stream: true, interval: input.interval })}`,
        signal: input.signal,
      }),
    /** What holds it back; looks for `window` (2s). */
    why: (ref: string, input: { window?: Duration | undefined } = {}) =>
      get<WhyView>(`${containerAt(ref)}/why${query({ window: input.window })}`),
    /** How long its tasks waited for a CPU and its requests for a disk. */
    latency: (ref: string) => get<LatencyView>(`${containerAt(ref)}/latency`),
    /** What others changed of its limits. */
    drift: (ref: string) => get<DriftView>(`${containerAt(ref)}/drift`),
    /** What it used; `from` an hour before `to`, which is now. */
    history: (ref: string, input: { from?: string; to?: string; step?: Duration; fields?: string[] } = {}) =>
      get<HistoryView>(`${containerAt(ref)}/history${query({ ...input })}`),

    /** `interval`: CPU use over that long, instead of since the processes started. */
    processes: (ref: string, input: { tree?: boolean; pss?: boolean; files?: boolean; interval?: Duration } = {}) =>
      get<ProcessView[]>(`${containerAt(ref)}/processes${query({ ...input })}`),
    sockets: (ref: string) => get<SocketView[]>(`${containerAt(ref)}/sockets`),
    mounts: (ref: string) => get<MountView[]>(`${containerAt(ref)}/mounts`),
    namespaces: (ref: string) => get<Record<string, number>>(`${containerAt(ref)}/namespaces`),
    plan: (ref: string) => get<{ ops: PlanLine[] }>(`${containerAt(ref)}/plan`),
    /** The plan as the agent prints it. */
    planText: (ref: string) => text(`${containerAt(ref)}/plan`, 'text/plain'),

    /** The raw bytes of both streams, in the order they were written. */
    logs: (ref: string, input: LogsInput & { timestamps?: boolean } = {}) => rawLogs(transport, ref, input),
    /** Lines with their time and stream, bytes intact. */
    logLines: (ref: string, input: LogsInput = {}) => logLines(transport, ref, input),
  };
}
