import type { ContainerView } from '#agent/contract/container.js';
import type { CreateBody, Created, ExecBody, ExecResult } from '#agent/contract/create.js';
import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import type { LimitsPlan } from '#agent/contract/limits-plan.js';
import type { Calls } from './calls.js';
import { containerAt, query } from './query.js';
import { type ClientSession, openSession } from './session.js';

/** Seconds as a number, or with a unit (`500ms`, `10s`, `1m`). */
export type Duration = number | string;
export interface StopInput {
  timeout?: Duration;
  signal?: string;
}
export interface AttachInput {
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  rows?: number;
  cols?: number;
}
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** What changes containers, or runs in them. */
export function containerActs({ transport, json, remove }: Calls) {
  // Nothing is answered of a container that is gone by then (autoRemove).
  const act = (ref: string, verb: string, body: object = {}) =>
    json<ContainerView | undefined>({ method: 'POST', path: `${containerAt(ref)}/${verb}`, body });

  return {
    create: (body: CreateBody, options: { start?: boolean } = {}) =>
      json<Created>({ method: 'POST', path: `/v1/containers${query({ start: options.start })}`, body }),
    remove: (ref: string, options: { force?: boolean } = {}): Promise<void> =>
      remove(`${containerAt(ref)}${query({ force: options.force })}`),
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
        path: `${containerAt(ref)}/wait${query({ condition: input.condition })}`,
        signal: input.signal,
      }),
    /** Changes the limits given, all or none. `clear` drops earlier overrides first. */
    setLimits: (ref: string, limits: LimitsInput, options: { clear?: boolean } = {}) =>
      json<LimitsView>({ method: 'PATCH', path: `${containerAt(ref)}/limits${query({ clear: options.clear })}`, body: limits }),
    /** What setLimits would write; nothing is changed. */
    planLimits: (ref: string, limits: LimitsInput, options: { clear?: boolean } = {}) =>
      json<LimitsPlan>({
        method: 'PATCH',
        path: `${containerAt(ref)}/limits${query({ clear: options.clear, dryRun: true })}`,
        body: limits,
      }),

    /** Resolves once attached; works before start too, and then misses nothing. */
    attach: (ref: string, input: AttachInput = {}): Promise<ClientSession> =>
      openSession(transport, { method: 'POST', path: `${containerAt(ref)}/attach${query({ ...input })}` }),
    /** Runs a command in the container with its streams connected. */
    exec: (ref: string, body: Omit<ExecBody, 'detach'>): Promise<ClientSession> =>
      openSession(transport, { method: 'POST', path: `${containerAt(ref)}/exec`, body }),
    /** Runs a command and waits for it; at most 10 MiB of each stream. */
    execWait: (ref: string, body: Omit<ExecBody, 'detach' | 'tty' | 'stdin'>) =>
      json<ExecResult>({ method: 'POST', path: `${containerAt(ref)}/exec`, body }),
    execDetached: (ref: string, body: Omit<ExecBody, 'detach'>) =>
      json<{ id: string }>({ method: 'POST', path: `${containerAt(ref)}/exec`, body: { ...body, detach: true } }),
  };
}
