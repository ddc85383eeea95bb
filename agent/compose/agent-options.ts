import type { RunningApi } from '#agent/api/server.js';
import type { Clock } from '#agent/containers/clock.js';
import type { Retention } from '#agent/store/database/retention.js';

export interface AgentOptions {
  /** Data directory. */
  root: string;
  /** State directory, where `tsgov.sock` is. */
  state: string;
  /** A cgroup path, or `auto`: what systemd delegated to this process, else /tsgov. */
  cgroupParent: string;
  /** `HOST:PORT` or `off`. */
  listen: string;
  version: string;
  /** Bearer token for changes over TCP. */
  token?: string | undefined;
  tls?: { cert: string; key: string } | undefined;
  metrics?: {
    /** Globs for keys of container labels that become labels of metrics; default: none. */
    labelAllow?: readonly string[];
    /** How long containers that are gone are told of; default 5 min. */
    graceMs?: number | undefined;
  };
  /** Default: the machine's. */
  clock?: Clock;
  /** Where people put policy files; default /etc/tsgov/policies.d. */
  policiesDir?: string | undefined;
  /** How often limits are looked after; default 5 s. */
  reassertMs?: number | undefined;
  /** Whether others' writes to limits are heard of as they happen (`auto`: where the kernel lets us), or only found by that look. */
  fanotify?: 'auto' | 'off' | undefined;
  /** How often every container is looked at; default 1 s. */
  tickMs?: number | undefined;
  /** What of journal and death records is kept; default 30 days, 256 MiB. */
  journal?: Partial<Retention> | undefined;
  /** What of history is kept; default 30 days, 1 GiB. */
  history?: Partial<Retention> | undefined;
  /** Whether BPF programs are loaded (`auto`: where they can be). */
  bpf?: 'auto' | 'off' | undefined;
  /** The library that loads them; default libbpf.so.1. */
  libbpf?: string | undefined;
  /** Rotation of containers' logs. */
  log?: { maxBytes: number; maxFiles: number };
  /** Told of faults of tsgov's own; default: one line to stderr. */
  onFault?: (error: unknown) => void;
  /** Close on SIGTERM and SIGINT; default true. */
  handleSignals?: boolean;
}

export interface RunningAgent {
  readonly addresses: RunningApi['addresses'];
  /** What an operator should know. */
  readonly warnings: readonly string[];
  /** Resolves when the agent is closed, by a signal or by close(). */
  readonly closed: Promise<void>;
  /** Stops serving and lets go of the containers, which run on. */
  close(): Promise<void>;
}
