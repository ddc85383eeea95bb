import { resolve } from 'node:path';
import type { CreateBody } from '#agent/contract/create.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import { defined } from '#src/cli/defined.js';
import type { FlagValues } from '#src/cli/flags/flag.js';
import { toLimits } from '#src/cli/limits/to-limits.js';
import type { CREATE_FLAGS } from './flags.js';
import { dictionary, environment, type LocalHost } from './key-values.js';
import { mountFlag } from './mounts.js';
import { volumeMount } from './volumes.js';

export type CreateFlags = FlagValues<typeof CREATE_FLAGS>;

/**
 * Flags and `IMAGE [--] [COMMAND…]` as the body of `POST /v1/containers`. Paths of this side (images, bind sources, seccomp profiles)
 * become absolute. Only what was given is in the body: defaults are the agent's. Throws UsageError.
 */
export function createBody(flags: CreateFlags, args: readonly string[], host: LocalHost): CreateBody {
  const [image = '', ...words] = args;
  const limits = withDockersSwap(toLimits(flags));
  const body = defined({
    name: flags.name,
    command: filled(words[0] === '--' ? words.slice(1) : words),
    entrypoint: flags.entrypoint,
    env: filled(environment(flags.env, flags['env-file'], host)),
    labels: filledDictionary(dictionary('label', flags.label, flags['label-file'], host)),
    annotations: filledDictionary(dictionary('annotation', flags.annotation)),
    workdir: flags.workdir,
    user: flags.user,
    hostname: flags.hostname,
    domainname: flags.domainname,
    tty: flags.tty,
    stdin: flags.interactive,
    restart: flags.restart,
    network: flags.network === 'default' ? undefined : flags.network,
    mounts: filled([
      ...flags.volume.map((text) => volumeMount(text, host.cwd)),
      ...flags.mount.map((text) => mountFlag(text, host.cwd)),
    ]),
    tmpfs: filled(flags.tmpfs),
    devices: filled(flags.device),
    capAdd: filled(flags['cap-add']),
    capDrop: filled(flags['cap-drop']),
    securityOpt: filled(flags['security-opt'].map((option) => securityOption(option, host.cwd))),
    ulimits: filled(flags.ulimit),
    sysctls: filledDictionary(dictionary('sysctl', flags.sysctl)),
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    readOnly: flags['read-only'],
    init: flags.init,
    autoRemove: flags.rm,
    stopSignal: flags['stop-signal'],
    stopTimeout: flags['stop-timeout'],
    oomScoreAdj: flags['oom-score-adj'],
    shmSize: flags['shm-size'],
    pid: flags.pid,
    ipc: flags.ipc,
    uts: flags.uts,
    userns: flags.userns,
    cgroupns: flags.cgroupns,
    privileged: flags.privileged,
    groupAdd: filled(flags['group-add']),
  });
  return { image: absoluteImage(image, host.cwd), ...body };
}

/** As with Docker, a memory limit without a word about swap allows as much swap again, not all the node has. */
function withDockersSwap(limits: LimitsInput): LimitsInput {
  const { max, swap } = limits.memory ?? {};
  return typeof max === 'number' && swap === undefined ? { ...limits, memory: { ...limits.memory, swap: max } } : limits;
}

function absoluteImage(image: string, cwd: string): string {
  const match = /^(rootfs|bundle):(.+)$/s.exec(image);
  return match === null ? image : `${match[1]}:${resolve(cwd, match[2]!)}`;
}

function securityOption(option: string, cwd: string): string {
  const match = /^seccomp[=:](.+)$/s.exec(option);
  if (match === null) return option;
  const profile = match[1]!;
  return `seccomp=${['unconfined', 'builtin'].includes(profile) ? profile : resolve(cwd, profile)}`;
}

function filled<T>(values: readonly T[]): T[] | undefined {
  return values.length === 0 ? undefined : [...values];
}

function filledDictionary(values: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(values).length === 0 ? undefined : values;
}
