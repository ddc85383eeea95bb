import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import { removeCgroupTrees } from './cgroup-trees.js';

/** The built command line, as a user has it. */
export const TSGOV = resolve(import.meta.dirname, '../../bin/tsgov.cjs');

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

let count = 0;

/** A real agent in a process of its own, on its own root, state and cgroup parent, driven as a user would: by CLI and HTTP. */
export class LiveAgent {
  readonly dir = mkdtempSync(join(tmpdir(), 'tsgov-test-'));
  readonly root = join(this.dir, 'root');
  readonly state = join(this.dir, 'state');
  /** Where its policy files are; not made. */
  readonly policiesDir = join(this.dir, 'policies.d');
  readonly cgroupParent = `/tsgov-test-agent-${process.pid}-${++count}`;
  readonly socket = join(this.state, 'tsgov.sock');
  #agent: ChildProcess | undefined;

  readonly #settings: NodeJS.ProcessEnv;

  constructor(settings: NodeJS.ProcessEnv = {}) {
    this.#settings = settings;
  }

  /** Starts the agent and waits until it is ready. `settings`: environment of its own. */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<LiveAgent> {
    const agent = new LiveAgent(settings);
    await agent.startAgent();
    return agent;
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      // The command line finds its Node on PATH: the one that runs the tests.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      TSGOV_ROOT: this.root,
      TSGOV_STATE: this.state,
      TSGOV_CGROUP_PARENT: this.cgroupParent,
      TSGOV_LISTEN: 'off',
      // Not that of the machine.
      TSGOV_CONFIG: '/dev/null',
      TSGOV_POLICIES_DIR: this.policiesDir,
      ...this.#settings,
    };
  }

  get agentPid(): number {
    const pid = this.#agent?.pid;
    if (pid === undefined) throw new Error('no agent runs');
    return pid;
  }

  async startAgent(): Promise<void> {
    const child = spawn(TSGOV, ['agent'], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#agent = child;
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    for (let waited = 0; ; waited += 50) {
      const up = await this.api('GET', '/readyz').then(
        (answer) => answer.status === 200,
        () => false,
      );
      if (up) return;
      if (child.exitCode !== null || waited > 60_000)
        throw new Error(`the agent did not start (exit ${child.exitCode}):\n${output}`);
      await sleep(50);
    }
  }

  /** SIGKILL, and waits for the end; containers go on. */
  async killAgent(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#agent;
    if (child === undefined) return;
    this.#agent = undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  /** Runs `tsgov ARGS…` to its end. */
  tsgov(...args: string[]): CliResult {
    return this.tsgovWith({}, ...args);
  }

  tsgovWith(options: { input?: string | Buffer; timeoutMs?: number; env?: NodeJS.ProcessEnv }, ...args: string[]): CliResult {
    const result = spawnSync(TSGOV, args, {
      env: { ...this.env, ...options.env },
      input: options.input ?? '',
      encoding: 'utf8',
      timeout: options.timeoutMs ?? 120_000,
      maxBuffer: 256 << 20,
    });
    if (result.error !== undefined) throw result.error;
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** As tsgov(), but anything other than exit 0 is an error that shows what was said; answers stdout, trimmed. */
  ok(...args: string[]): string {
    const result = this.tsgov(...args);
    if (result.code !== 0) throw new Error(`tsgov ${args.join(' ')}: exit ${result.code}\n${result.stderr}${result.stdout}`);
    return result.stdout.trim();
  }

  /** `tsgov ARGS…` without blocking this process. */
  spawn(args: string[], stdio: 'pipe' | 'ignore' = 'pipe'): ChildProcess {
    return spawn(TSGOV, args, { env: this.env, stdio });
  }

  /** Runs a container of the node's own root that sleeps, with these flags. */
  runSleeper(name: string, ...flags: string[]): ContainerView {
    this.ok('run', '-d', '--name', name, ...flags, 'host:', 'sleep', '1000');
    return this.inspect(name);
  }

  inspect(ref: string): ContainerView {
    const [view] = JSON.parse(this.ok('inspect', '--format', 'json', ref)) as ContainerView[];
    if (view === undefined) throw new Error(`inspect ${ref} printed an empty array`);
    return view;
  }

  /** One request over the unix socket; the body of the answer is parsed when it is JSON. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; type: string; body: unknown }> {
    return new Promise((done, fail) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers =
        payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
      const call = request({ socketPath: this.socket, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const type = answer.headers['content-type'] ?? '';
          done({ status: answer.statusCode ?? 0, type, body: type.includes('json') && text !== '' ? JSON.parse(text) : text });
        });
      });
      call.on('error', fail);
      call.end(payload);
    });
  }

  /** Waits until `check` answers something other than undefined or false. */
  async until<T>(
    what: string,
    check: () => T | undefined | false | Promise<T | undefined | false>,
    timeoutMs = 60_000,
  ): Promise<T> {
    for (const end = Date.now() + timeoutMs; ; ) {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > end) throw new Error(`timed out waiting: ${what}`);
      await sleep(20);
    }
  }

  /** Removes every container, stops the agent, removes its files and cgroups; what it had to force shows as an error. */
  async stop(): Promise<void> {
    if (existsSync(this.socket) && this.#agent === undefined) await this.startAgent();
    const ids = this.ok('ps', '-aq').split('\n').filter(Boolean);
    if (ids.length > 0) this.ok('rm', '-f', ...ids);
    await this.killAgent('SIGTERM');
    const left = removeCgroupTrees(this.cgroupParent);
    rmSync(this.dir, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`cgroups left behind by the agent:\n${left.join('\n')}`);
  }
}
