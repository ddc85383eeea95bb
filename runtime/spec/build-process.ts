import { buildCapabilities, securityOptions } from './build-security.js';
import type { ContainerConfig } from './container-config.js';
import { DEFAULT_PATH } from './defaults.js';
import { configInvalid, specUnsupported } from './errors.js';
import type { OciConfig, OciProcess, OciRlimit, OciUser } from './oci.js';
import type { SpecHost } from './spec-host.js';
import { resolveUser } from './user.js';

/** The process object: what the user asked over Docker's defaults, or over the bundle's process. */
export function buildProcess(config: ContainerConfig, host: SpecHost, base: OciConfig | undefined, ownUts: boolean): OciProcess {
  const security = securityOptions(config);
  const terminal = config.tty ?? base?.process.terminal ?? false;
  const { user, home } = buildUser(config, host, base);
  const args = config.args ?? base?.process.args ?? [];
  if (args.length === 0) throw configInvalid('command', 'there is no command to run');
  const hostname = config.hostname ?? base?.hostname ?? (ownUts ? config.id.slice(0, 12) : host.hostname);
  const defaults = base?.process.env ?? [DEFAULT_PATH, `HOSTNAME=${hostname}`, ...(terminal ? ['TERM=xterm'] : [])];
  const apparmorProfile = apparmor(security.apparmor, host) ?? base?.process.apparmorProfile;
  const oomScoreAdj = config.oomScoreAdj ?? base?.process.oomScoreAdj;
  return {
    ...base?.process,
    terminal,
    user,
    args: [...args],
    env: buildEnv(defaults, config.env ?? [], base === undefined ? home : undefined),
    cwd: config.workdir ?? base?.process.cwd ?? '/',
    capabilities: buildCapabilities(config, host, base),
    rlimits: buildRlimits(config, base?.process.rlimits ?? []),
    noNewPrivileges: security.noNewPrivileges ?? base?.process.noNewPrivileges ?? false,
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

function buildUser(config: ContainerConfig, host: SpecHost, base: OciConfig | undefined): { user: OciUser; home: string } {
  const umask = config.umask === undefined ? {} : { umask: config.umask };
  const groups = config.groups ?? [];
  if (base !== undefined && config.user === undefined) {
    const added = groups.length === 0 ? [] : resolveUser('', groups, readerOf(config, host, base)).additionalGids;
    const additionalGids = [...new Set([...(base.process.user.additionalGids ?? []), ...added])];
    return { user: { ...base.process.user, ...umask, additionalGids }, home: '/' };
  }
  const { uid, gid, additionalGids, home } = resolveUser(config.user ?? '', groups, readerOf(config, host, base));
  return { user: { uid, gid, ...umask, additionalGids }, home };
}

function readerOf(config: ContainerConfig, host: SpecHost, base: OciConfig | undefined): (path: string) => string | undefined {
  const root = base?.root.path ?? (config.image.kind === 'host' ? '/' : config.image.dir);
  return (path) => host.readRootFile(root, path);
}

/**
 * Later names win over earlier ones, in the place of the first; a bare `NAME` takes the variable out. HOME is the user's when
 * nobody set it.
 */
export function buildEnv(defaults: readonly string[], asked: readonly string[], home: string | undefined): string[] {
  const env = new Map<string, string>();
  asked.forEach((entry, index) => {
    if (entry.startsWith('=') || entry === '' || entry.includes('\0')) {
      throw configInvalid(`env[${index}]`, `must be NAME=value, not ${JSON.stringify(entry)}`);
    }
  });
  for (const entry of [...defaults, ...asked]) {
    const equals = entry.indexOf('=');
    if (equals < 0) env.delete(entry);
    else env.set(entry.slice(0, equals), entry);
  }
  if (home !== undefined && !env.has('HOME')) env.set('HOME', `HOME=${home}`);
  return [...env.values()];
}

/** The names of setrlimit(2) in the form Docker's --ulimit takes. */
const ULIMITS = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack as'.split(' '),
);
/** RLIM_INFINITY, as near as a JSON number in JavaScript comes to it. */
const UNLIMITED = 2 ** 64;

function buildRlimits(config: ContainerConfig, base: readonly OciRlimit[]): OciRlimit[] {
  const asked = (config.ulimits ?? []).map(({ name, soft, hard }, index) => {
    const field = `ulimits[${index}]`;
    if (!ULIMITS.has(name)) throw configInvalid(field, `unknown limit ${JSON.stringify(name)}; one of ${[...ULIMITS].join(' ')}`);
    const [softValue, hardValue] = [soft, hard].map((value) => (value === -1 ? UNLIMITED : value)) as [number, number];
    if (softValue > hardValue) throw configInvalid(field, `${name}: the soft limit ${soft} is above the hard limit ${hard}`);
    return { type: `RLIMIT_${name.toUpperCase()}`, soft: softValue, hard: hardValue };
  });
  const types = new Set(asked.map((limit) => limit.type));
  return [...base.filter((limit) => !types.has(limit.type)), ...asked];
}

function apparmor(profile: string | undefined, host: SpecHost): string | undefined {
  if (profile === undefined || profile === 'unconfined') return undefined;
  if (!host.apparmor) throw specUnsupported('securityOpt', `apparmor=${profile}: this host has no AppArmor`);
  return profile;
}
