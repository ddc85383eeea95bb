import type { IncomingMessage } from 'node:http';
import { type AgentAddress, parseAddress } from '#agent/client/address.js';
import { type EventsInput, followEvents } from '#agent/client/events.js';
import { readLines } from '#agent/client/lines.js';
import { type ClientSession, openSession } from '#agent/client/session.js';
import { followTrace, type TraceInput } from '#agent/client/trace.js';
import { openTransport, type RequestInput, readText, type Transport } from '#agent/client/transport.js';
import type { LogLine } from '#agent/contract/backend.js';
import type { ContainerView, EventView, PlanLine, StatsView } from '#agent/contract/container.js';
import type { CreateBody, Created, ExecBody, ExecResult } from '#agent/contract/create.js';
import type { DriftView } from '#agent/contract/drift.js';
import type { DeathPage, HistoryView, JournalPage } from '#agent/contract/journal.js';
import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { NodeView } from '#agent/contract/node.js';
import type { PolicyDiff, PolicyList, PolicyValidation, PolicyView } from '#agent/contract/policy.js';
import type { PolicyTest } from '#agent/contract/policy-test.js';
import type { MountView, ProcessView, SocketView } from '#agent/contract/processes.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import type { WhyView } from '#agent/contract/why.js';

export type { EventsInput } from '#agent/client/events.js';
export type { ClientSession } from '#agent/client/session.js';

export interface ConnectOptions {
  /** `unix:///path`, an absolute path or `http://host:port`. Wins over `state`. */
  host?: string | undefined;
  /** The agent's state directory, which holds `tsgov.sock`. Default /run/tsgov. */
  state?: string | undefined;
  /** Bearer token, needed to change anything over TCP. */
  token?: string | undefined;
  /** Certificates (PEM) that an `https://` host's own must be signed by, or be; else the system's. */
  ca?: string | undefined;
}

/** Seconds as a number, or with a unit (`500ms`, `10s`, `1m`). */
export type Duration = number | string;
export interface StopInput {
  timeout?: Duration;
  signal?: string;
}
export interface LogsInput {
  follow?: boolean;
  tail?: number;
  /** RFC 3339, unix seconds, or a duration back from now. */
  since?: string;
  until?: string;
  stream?: 'stdout' | 'stderr';
  signal?: AbortSignal;
}
export interface AttachInput {
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  rows?: number;
  cols?: number;
}
/** The newest first; `cursor` is the `next` of the page before, `since` and `until` as for logs. */
export interface JournalInput {
  container?: string;
  since?: string;
  until?: string;
  policy?: string;
  action?: string;
  limit?: number;
  cursor?: string;
}
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** A typed client of the agent's API. Every method rejects with ClientError: `code`, `field` and `status` as the agent gave them. */
export type TsgovClient = ReturnType<typeof clientOf>;

/**
 * A client for the agent at `host`, or at the unix socket in `state`. Nothing is opened before the first call; kept-alive
 * connections do not hold the process up. Throws ClientError USAGE on an address that is none.
 */
export function connect(options: ConnectOptions = {}): TsgovClient {
  const address: AgentAddress =
    options.host === undefined
      ? { kind: 'unix', path: `${options.state ?? '/run/tsgov'}/tsgov.sock` }
      : parseAddress(options.host);
  return clientOf(openTransport(address, options.token, options.ca));
}

function clientOf(transport: Transport) {
  const json = async <T>(input: RequestInput): Promise<T> => {
    const text = await readText(await transport.send(input));
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const get = <T>(path: string) => json<T>({ method: 'GET', path });
  const act = (ref: string, verb: string, body: object = {}) =>
    json<ContainerView>({ method: 'POST', path: `${at(ref)}/${verb}`, body });

  return {
    /** Where it connects to, for messages. */
    target: transport.target,
    /** True when the agent answers and is ready. False when none does. */
    ready: async (): Promise<boolean> => {
      try {
        await readText(await transport.send({ method: 'GET', path: '/readyz' }));
        return true;
      } catch {
        return false;
      }
    },
    node: () => get<NodeView>('/v1/node'),
    openapi: () => get<object>('/openapi.json'),
    metrics: async () => readText(await transport.send({ method: 'GET', path: '/metrics' })),

    list: (filter: { status?: string[]; name?: string[]; label?: string[]; runtime?: string[] } = {}) =>
      get<ContainerView[]>(`/v1/containers${query({ ...filter })}`),
    create: (body: CreateBody, options: { start?: boolean } = {}) =>
      json<Created>({ method: 'POST', path: `/v1/containers${query({ start: options.start })}`, body }),
    inspect: (ref: string) => get<ContainerView>(at(ref)),
    remove: async (ref: string, options: { force?: boolean } = {}): Promise<void> => {
      await readText(await transport.send({ method: 'DELETE', path: `${at(ref)}${query({ force: options.force })}` }));
    },
    rename: (ref: string, name: string) => act(ref, 'rename', { name }),
    start: (ref: string) => act(ref, 'start'),
    stop: (ref: string, input: StopInput = {}) => act(ref, 'stop', input),
    kill: (ref: string, signal?: string | number) => act(ref, 'kill', signal === undefined ? {} : { signal }),
    restart: (ref: string, input: StopInput = {}) => act(ref, 'restart', input),
    freeze: (ref: string, input: { for?: string } = {}) => act(ref, 'freeze', input),
    thaw: (ref: string) => act(ref, 'thaw'),
    wait: (ref: string, input: { condition?: WaitCondition; signal?: AbortSignal } = {}) =>
      json<{ exitCode: number }>({
        method: 'POST',
        path: `${at(ref)}/wait${query({ condition: input.condition })}`,
        signal: input.signal,
      }),

    limits: (ref: string) => get<LimitsView>(`${at(ref)}/limits`),
    setLimits: (ref: string, limits: LimitsInput, options: { clear?: boolean } = {}) =>
      json<LimitsView>({ method: 'PATCH', path: `${at(ref)}/limits${query({ clear: options.clear })}`, body: limits }),
    stats: (ref: string) => get<StatsView>(`${at(ref)}/stats`),
    /** What holds it back; looks for `window` (2s). */
    why: (ref: string, input: { window?: Duration | undefined } = {}) =>
      get<WhyView>(`${at(ref)}/why${query({ window: input.window })}`),
    /** Samples until the container is gone or `signal` aborts. */
    statsStream: (ref: string, input: { interval?: Duration; signal?: AbortSignal } = {}) =>
      ndjson<StatsView>(transport, {
        path: `${at(ref)}/stats${query({ stream: true, interval: input.interval })}`,
        signal: input.signal,
      }),
    /** What others changed of its limits. */
    drift: (ref: string) => get<DriftView>(`${at(ref)}/drift`),
    policies: () => get<PolicyList>('/v1/policies'),
    policy: (name: string) => get<PolicyView>(policyAt(name)),
    /** `text` is a policy file with this one policy. */
    putPolicy: (name: string, text: string) => json<PolicyView>({ method: 'PUT', path: policyAt(name), text }),
    removePolicy: async (name: string): Promise<void> => {
      await readText(await transport.send({ method: 'DELETE', path: policyAt(name) }));
    },
    /** All that is wrong with a policy file; `file` is its name in messages. */
    validatePolicies: (text: string, file?: string) =>
      json<PolicyValidation>({ method: 'POST', path: `/v1/policies/validate${query({ file })}`, text }),
    /** What the rules of a policy file would have done over what was recorded, by default in the last hour. */
    testPolicies: (text: string, input: { file?: string; since?: string; until?: string; container?: string } = {}) =>
      json<PolicyTest>({ method: 'POST', path: `/v1/policies/test${query({ ...input })}`, text }),
    /** What a policy file would change. */
    diffPolicies: (text: string, file?: string) =>
      json<PolicyDiff>({ method: 'POST', path: `/v1/policies/diff${query({ file })}`, text }),

    /** `interval`: CPU use over that long, instead of since the processes started. */
    processes: (ref: string, input: { tree?: boolean; pss?: boolean; files?: boolean; interval?: Duration } = {}) =>
      get<ProcessView[]>(`${at(ref)}/processes${query({ ...input })}`),
    sockets: (ref: string) => get<SocketView[]>(`${at(ref)}/sockets`),
    mounts: (ref: string) => get<MountView[]>(`${at(ref)}/mounts`),
    /** Every namespace of the node. */
    nodeNamespaces: (input: { type?: string[]; container?: string; tree?: boolean } = {}) =>
      get<NamespaceView[]>(`/v1/namespaces${query({ ...input })}`),
    namespaces: (ref: string) => get<Record<string, number>>(`${at(ref)}/namespaces`),
    plan: (ref: string) => get<{ ops: PlanLine[] }>(`${at(ref)}/plan`),
    /** The plan as the agent prints it. */
    planText: async (ref: string) =>
      readText(await transport.send({ method: 'GET', path: `${at(ref)}/plan`, headers: { accept: 'text/plain' } })),

    /** The raw bytes of both streams, in the order they were written. */
    logs: (ref: string, input: LogsInput & { timestamps?: boolean } = {}) => rawLogs(transport, ref, input),
    /** Lines with their time and stream, bytes intact. */
    logLines: (ref: string, input: LogsInput = {}) => logLines(transport, ref, input),

    /** Resolves once attached; works before start too, and then misses nothing. */
    attach: (ref: string, input: AttachInput = {}): Promise<ClientSession> =>
      openSession(transport, { method: 'POST', path: `${at(ref)}/attach${query({ ...input })}` }),
    /** Runs a command in the container with its streams connected. */
    exec: (ref: string, body: Omit<ExecBody, 'detach'>): Promise<ClientSession> =>
      openSession(transport, { method: 'POST', path: `${at(ref)}/exec`, body }),
    /** Runs a command and waits for it; at most 10 MiB of each stream. */
    execWait: (ref: string, body: Omit<ExecBody, 'detach' | 'tty' | 'stdin'>) =>
      json<ExecResult>({ method: 'POST', path: `${at(ref)}/exec`, body }),
    execDetached: (ref: string, body: Omit<ExecBody, 'detach'>) =>
      json<{ id: string }>({ method: 'POST', path: `${at(ref)}/exec`, body: { ...body, detach: true } }),

    /** Acts of people, policies, rules and the agent. */
    journal: (input: JournalInput = {}) => get<JournalPage>(`/v1/journal${query({ ...input })}`),
    /** How containers ended. */
    deaths: (input: Omit<JournalInput, 'policy' | 'action'> = {}) => get<DeathPage>(`/v1/deaths${query({ ...input })}`),
    /** What a container used; `from` an hour before `to`, which is now. */
    history: (ref: string, input: { from?: string; to?: string; step?: Duration; fields?: string[] } = {}) =>
      get<HistoryView>(`${at(ref)}/history${query({ ...input })}`),

    /** Live events, taken up again where they broke off when the agent restarts. */
    events: (input: EventsInput = {}): AsyncGenerator<EventView> => followEvents(transport, input),
    /** What the kernel tells from now on (BPF), until `signal` aborts. */
    trace: (kind: TraceKind, input: TraceInput = {}): AsyncGenerator<TraceEvent> => followTrace(transport, kind, input),
    /** Closes kept-alive connections. */
    close: () => transport.close(),
  };
}

function at(ref: string): string {
  return `/v1/containers/${encodeURIComponent(ref)}`;
}

function policyAt(name: string): string {
  return `/v1/policies/${encodeURIComponent(name)}`;
}

function query(values: Record<string, string | number | boolean | string[] | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

/** A body read to its end; a reader that stops early, or an abort, closes the connection. An abort ends it without an error. */
async function* streamed<T>(
  transport: Transport,
  input: { path: string; accept?: string; signal: AbortSignal | undefined },
  read: (response: IncomingMessage) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    const headers = input.accept === undefined ? {} : { accept: input.accept };
    const response = await transport.send({ method: 'GET', path: input.path, headers, signal: input.signal });
    try {
      yield* read(response);
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (!input.signal?.aborted) throw transport.explain(error as Error);
  }
}

function ndjson<T>(transport: Transport, input: { path: string; signal: AbortSignal | undefined }): AsyncGenerator<T> {
  return streamed(transport, { ...input, accept: 'application/x-ndjson' }, async function* (response) {
    for await (const line of readLines(response)) yield JSON.parse(line) as T;
  });
}

function rawLogs(transport: Transport, ref: string, input: LogsInput & { timestamps?: boolean }): AsyncGenerator<Buffer> {
  const { signal, ...rest } = input;
  return streamed(transport, { path: `${at(ref)}/logs${query(rest)}`, signal }, (response) => response as AsyncIterable<Buffer>);
}

async function* logLines(transport: Transport, ref: string, input: LogsInput): AsyncGenerator<LogLine> {
  const { signal, ...rest } = input;
  type Wire = { time: string; stream: LogLine['stream']; text?: string; base64?: string };
  for await (const line of ndjson<Wire>(transport, { path: `${at(ref)}/logs${query(rest)}`, signal })) {
    const data = line.base64 === undefined ? Buffer.from(line.text ?? '') : Buffer.from(line.base64, 'base64');
    yield { time: line.time, stream: line.stream, data };
  }
}
