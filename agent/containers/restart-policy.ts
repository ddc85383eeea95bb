import { AgentError } from '#agent/contract/errors.js';

export type RestartPolicy =
  | { kind: 'no' }
  | { kind: 'always' }
  | { kind: 'unless-stopped' }
  | { kind: 'on-failure'; maxRetries?: number };

/** Docker's back-off: 100 ms, doubled at each restart up to one minute, forgotten once a run lasted 10 s. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 60_000;
const STEADY_RUN_MS = 10_000;

/** Parses `no`, `always`, `unless-stopped`, `on-failure[:N]`; throws BODY_INVALID (field `restart`) on anything else. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const [kind, count, ...rest] = text.split(':');
  if ((kind === '' || kind === 'no' || kind === 'always' || kind === 'unless-stopped') && count === undefined)
    return { kind: kind === '' ? 'no' : kind };
  if (kind === 'on-failure' && rest.length === 0) {
    if (count === undefined) return { kind };
    if (/^\d{1,9}$/.test(count)) return Number(count) === 0 ? { kind } : { kind, maxRetries: Number(count) };
  }
  throw new AgentError(
    'BODY_INVALID',
    `restart ${JSON.stringify(text)}: one of no, always, unless-stopped, on-failure, on-failure:N`,
    {
      field: 'restart',
    },
  );
}

/** The policy as users write it. */
export function formatRestartPolicy(policy: RestartPolicy): string {
  return policy.kind === 'on-failure' && policy.maxRetries !== undefined ? `on-failure:${policy.maxRetries}` : policy.kind;
}

export interface EndedRun {
  /** Not 0 also when the run could not start or its end is unknown. */
  exitCode: number;
  ranMs: number;
  /** Someone asked it to stop. */
  stopped: boolean;
  /** Restarts by policy so far. */
  restartCount: number;
  /** The delay before this run; undefined when a person started it. */
  lastDelayMs: number | undefined;
}

/** How long to wait before the next run, or undefined for no restart. Pure. */
export function restartDelayMs(policy: RestartPolicy, run: EndedRun): number | undefined {
  if (run.stopped || !wanted(policy, run)) return undefined;
  if (run.lastDelayMs === undefined || run.ranMs >= STEADY_RUN_MS) return FIRST_DELAY_MS;
  return Math.min(run.lastDelayMs * 2, MAX_DELAY_MS);
}

/**
 * Whether a container that is not running is started when the agent comes up: `always` whatever stopped it, `unless-stopped` and
 * `on-failure` unless a person stopped it (Docker's rules at daemon start). Pure.
 */
export function startsWithAgent(policy: RestartPolicy, run: Pick<EndedRun, 'exitCode' | 'stopped' | 'restartCount'>): boolean {
  if (policy.kind === 'always') return true;
  return !run.stopped && wanted(policy, run);
}

function wanted(policy: RestartPolicy, run: Pick<EndedRun, 'exitCode' | 'restartCount'>): boolean {
  if (policy.kind === 'no') return false;
  if (policy.kind !== 'on-failure') return true;
  return run.exitCode !== 0 && (policy.maxRetries === undefined || run.restartCount < policy.maxRetries);
}
