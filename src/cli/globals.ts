import { resolve } from 'node:path';
import { defined } from './defined.js';
import type { FlagTable, FlagValues } from './flags/flag.js';

/** Accepted before and after every command; each also as TSGOV_* in the environment (the flag wins), some in the settings file. */
export const GLOBAL_FLAGS = {
  root: { type: 'string', value: 'string', help: "The agent's data directory", default: '/var/lib/tsgov' },
  state: { type: 'string', value: 'string', help: "The agent's state directory, with its socket", default: '/run/tsgov' },
  host: { type: 'string', short: 'H', value: 'string', help: "The agent's socket or URL", default: 'STATE/tsgov.sock' },
  'cgroup-parent': {
    type: 'string',
    value: 'string',
    help: "The agent's cgroup, parent of every container's; auto: the one systemd delegated to the agent, else /tsgov",
    default: '/tsgov',
  },
  listen: { type: 'string', value: 'string', help: 'Where the agent listens on TCP, or off', default: '127.0.0.1:9477' },
  'token-file': { type: 'string', value: 'file', help: 'File with the bearer token for TCP; TSGOV_TOKEN is the token itself' },
  ca: { type: 'string', value: 'file', help: "Certificate (PEM) that an https:// host's own must be signed by, or be" },
  config: {
    type: 'string',
    value: 'file',
    help: 'Settings of the agent, for what neither flags nor variables say (docs/config.md)',
    default: '/etc/tsgov/config.yaml',
  },
  help: { type: 'boolean', help: 'Show this help' },
} as const satisfies FlagTable;

/** Which agent to talk to, or to be. */
export interface Globals {
  root: string;
  state: string;
  /** Socket path or URL. */
  host: string;
  /** True when the user named the host: an agent is then never started on the way. */
  hostGiven: boolean;
  cgroupParent: string;
  listen: string;
  /** Where the bearer token for TCP is, or itself. */
  token: { file: string } | { text: string } | undefined;
  /** PEM file. */
  ca: string | undefined;
  /** The settings file that was named. */
  config: string | undefined;
  /** The environment, and what the settings file says where it says nothing. */
  settings: NodeJS.ProcessEnv;
  /** What flags (not the environment) say of the agent that is to be used: one that answers and is another is refused. */
  demanded: { root?: string; cgroupParent?: string };
}

/** The settings file, and whether anybody named it. */
export function configOf(
  given: readonly FlagValues<typeof GLOBAL_FLAGS>[],
  env: NodeJS.ProcessEnv,
): { path: string; named: boolean } {
  const named = given.findLast(({ config }) => config !== undefined)?.config ?? (env.TSGOV_CONFIG || undefined);
  return { path: named ?? GLOBAL_FLAGS.config.default, named: named !== undefined };
}

/**
 * Joins flags (the later ones win), environment, the settings file's variables and defaults. Empty variables count as unset. A token that only
 * the file names is the agent's own, not for any other.
 */
export function resolveGlobals(
  given: readonly FlagValues<typeof GLOBAL_FLAGS>[],
  env: NodeJS.ProcessEnv,
  file: Readonly<Record<string, string>> = {},
): Globals {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const settings = { ...file, ...set };
  const config = configOf(given, env);
  const flag = (name: Exclude<keyof typeof GLOBAL_FLAGS, 'help'>) => given.findLast((flags) => flags[name] !== undefined)?.[name];
  const pick = (name: Exclude<keyof typeof GLOBAL_FLAGS, 'help'>) =>
    flag(name) ?? settings[`TSGOV_${name.replace('-', '_').toUpperCase()}`];
  const state = pick('state') ?? GLOBAL_FLAGS.state.default;
  const host = pick('host');
  return {
    root: pick('root') ?? GLOBAL_FLAGS.root.default,
    state,
    // A relative --state is a directory here; a relative --host could be the name of a host as well.
    host: host ?? resolve(state, 'tsgov.sock'),
    hostGiven: host !== undefined,
    cgroupParent: cgroupOf(pick('cgroup-parent')) ?? GLOBAL_FLAGS['cgroup-parent'].default,
    listen: pick('listen') ?? GLOBAL_FLAGS.listen.default,
    token: tokenOf(flag('token-file'), env),
    ca: pick('ca'),
    config: config.named ? config.path : undefined,
    settings,
    demanded: defined({ root: flag('root'), cgroupParent: cgroupOf(flag('cgroup-parent')) }),
  };
}

/** From the root of the tree, as Docker's users may write it: `tsgov` and `/tsgov/` are `/tsgov`. */
function cgroupOf(text: string | undefined): string | undefined {
  return text === undefined || text === 'auto' ? text : `/${text.replace(/^\/+|\/+$/g, '')}`;
}

/** The flag, then the token itself, then the environment's file. */
function tokenOf(file: string | undefined, env: NodeJS.ProcessEnv): Globals['token'] {
  if (file !== undefined) return { file };
  if (env.TSGOV_TOKEN) return { text: env.TSGOV_TOKEN };
  return env.TSGOV_TOKEN_FILE ? { file: env.TSGOV_TOKEN_FILE } : undefined;
}
