import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TsgovClient } from '#agent/client.js';
import { AgentError, exitCodeOf } from '#agent/contract/errors.js';
import { V8_FLAGS } from '#agent/contract/v8-flags.js';
import { PATH_SETTINGS, variableOf } from './config/settings.js';
import type { Globals } from './globals.js';

const POLL_MS = 20;
/** How long a new agent may take until it answers: it re-adopts every container of its root first. */
const START_TIMEOUT_MS = 30_000;
/** After our agent ended, another one (started at the same time, so ours gave way) has this long to answer. */
const RIVAL_TIMEOUT_MS = 10_000;
const LOG_TAIL_LINES = 15;
/** `tsgov agent` ends so when another agent has the root. */
const GAVE_WAY_EXIT = exitCodeOf('AGENT_RUNNING');

/**
 * Starts a detached agent with the same options where none answers, and waits until one does. Commands that race for it all end up
 * with the one that won. Rejects with AGENT_UNREACHABLE and the end of the agent's log when none comes up.
 */
export async function ensureAgent(globals: Globals, client: TsgovClient, say: (text: string) => void): Promise<void> {
  if (await answers(client)) return checkDemanded(globals, client);
  if (globals.hostGiven) throw new AgentError('AGENT_UNREACHABLE', `no agent answers at ${client.target}`);
  const log = join(globals.state, 'agent.log');
  const { child, logStart } = await spawnAgent(globals, log);
  const ended = new Promise<'ended'>((resolve) =>
    child.once('exit', () => resolve('ended')).once('error', () => resolve('ended')),
  );
  let rivalUntil: number | undefined;
  for (const until = performance.now() + START_TIMEOUT_MS; performance.now() < (rivalUntil ?? until); ) {
    if (await answers(client)) {
      child.unref();
      if (child.exitCode === null) say(`tsgov: started an agent (pid ${child.pid}, log ${log})\n`);
      return;
    }
    if (rivalUntil === undefined && (await Promise.race([ended, sleep(POLL_MS)])) === 'ended') {
      if (child.exitCode !== GAVE_WAY_EXIT) break;
      rivalUntil = performance.now() + RIVAL_TIMEOUT_MS;
    } else await sleep(POLL_MS);
  }
  child.unref();
  throw new AgentError('AGENT_UNREACHABLE', `the agent did not start; the end of ${log}:\n${logTail(log, logStart)}`);
}

/** It need not be ready: what has to wait for that waits in the agent. */
function answers(client: TsgovClient): Promise<boolean> {
  return client.health().then(
    () => true,
    () => false,
  );
}

/** A --root or --cgroup-parent that the answering agent does not have would be silently ignored otherwise. */
async function checkDemanded(globals: Globals, client: TsgovClient): Promise<void> {
  const { root, cgroupParent } = globals.demanded;
  if (root === undefined && cgroupParent === undefined) return;
  const node = await client.node();
  const wrong = (flag: string, has: string, asked: string) =>
    new AgentError(
      'AGENT_RUNNING',
      `the agent at ${client.target} has ${flag} ${has}, not ${asked}: leave out --${flag}, or name another --state`,
    );
  if (root !== undefined && resolve(root) !== node.root) throw wrong('root', node.root, resolve(root));
  if (cgroupParent !== undefined && cgroupParent !== 'auto' && cgroupParent !== node.cgroup.parent)
    throw wrong('cgroup-parent', node.cgroup.parent, cgroupParent);
}

/** `logStart` is where this agent's part of the log starts, behind those of the ones before it. */
async function spawnAgent(globals: Globals, log: string): Promise<{ child: ChildProcess; logStart: number }> {
  const { makeDirectories } = await import('#agent/node/make-directories.js');
  try {
    makeDirectories(globals.state, 0o755);
    const fd = openSync(log, 'a', 0o640);
    try {
      const options = [
        '--root',
        resolve(globals.root),
        '--state',
        resolve(globals.state),
        '--cgroup-parent',
        globals.cgroupParent,
        '--listen',
        globals.listen,
        ...(globals.config === undefined ? [] : ['--config', resolve(globals.config)]),
      ];
      const logStart = fstatSync(fd).size;
      const child = spawn(process.execPath, [...V8_FLAGS, process.argv[1]!, 'agent', ...options], {
        detached: true,
        stdio: ['ignore', fd, fd],
        cwd: '/',
        env: { ...process.env, ...absolutePaths(process.env), MALLOC_ARENA_MAX: '1' },
      });
      return { child, logStart };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new AgentError(
      'AGENT_UNREACHABLE',
      `no agent answers, and none could be started with --state ${globals.state}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Variables that name files: the agent's directory is not this one. */
function absolutePaths(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    PATH_SETTINGS.map(variableOf).flatMap((name) => {
      const path = env[name];
      return path === undefined || path === '' ? [] : [[name, resolve(path)]];
    }),
  );
}

function logTail(log: string, start: number): string {
  try {
    return readFileSync(log).toString('utf8', start).trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
  } catch (error) {
    return `(${(error as Error).message})`;
  }
}
