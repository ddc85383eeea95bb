import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { connect, type TsgovClient } from '#agent/client.js';
import type { EventView } from '#agent/contract/container.js';
import type { CreateBody } from '#agent/contract/create.js';
import type { JournalEntry, JournalPage } from '#agent/contract/journal.js';
import { type AgentOptions, type RunningAgent, startAgent } from '#agent/main.js';
import { TSGOV } from './live-agent.js';
import { policyText } from './policy-text.js';
import { type Teardown, tempCgroupParent, tempDir } from './temp.js';

/** A whole agent in this process, with policies and ticks, on directories and a cgroup parent of its own; gone when the test ends. */
export class AgentHere {
  readonly client: TsgovClient;
  readonly faults: unknown[] = [];
  readonly #options: AgentOptions;
  #agent: RunningAgent | undefined;
  /** Nothing of an agent that is closing keeps a process alive. */
  readonly #alive = setInterval(() => undefined, 60_000);

  private constructor(options: AgentOptions) {
    this.#options = { ...options, onFault: (error) => this.faults.push(error) };
    this.client = connect({ state: options.state });
  }

  /** One for all tests of a file, started by the first that asks; after each test its policies and containers are removed. */
  static shared(options: Partial<AgentOptions> = {}): (t: Teardown) => Promise<AgentHere> {
    const stops: (() => void | Promise<void>)[] = [];
    let agent: Promise<AgentHere> | undefined;
    after(async () => {
      for (const stop of stops) await stop();
    });
    return async (t) => {
      agent ??= AgentHere.start({ after: (stop) => stops.push(stop) }, options);
      const started = await agent;
      t.after(() => started.clear());
      return started;
    };
  }

  static async start(t: Teardown, options: Partial<AgentOptions> = {}): Promise<AgentHere> {
    // Teardown runs in the order of registration: the agent's comes before its directories'.
    let agent: AgentHere | undefined;
    t.after(() => agent?.stop());
    const dir = tempDir(t);
    agent = new AgentHere({
      root: join(dir, 'root'),
      state: join(dir, 'state'),
      policiesDir: join(dir, 'policies.d'),
      cgroupParent: tempCgroupParent(t),
      listen: 'off',
      version: '0.0.0-test',
      handleSignals: false,
      bpf: process.env.TSGOV_BPF === 'off' ? 'off' : 'auto',
      ...options,
    });
    await agent.open();
    return agent;
  }

  get root(): string {
    return this.#options.root;
  }

  /** Its directory, which is on a disk. */
  get dir(): string {
    return dirname(this.root);
  }

  /** Of a command line that talks to this agent: for `cliHere`. */
  get env(): NodeJS.ProcessEnv {
    const { root, state, cgroupParent } = this.#options;
    return { ...process.env, TSGOV_ROOT: root, TSGOV_STATE: state, TSGOV_CGROUP_PARENT: cgroupParent, TSGOV_LISTEN: 'off' };
  }

  async open(): Promise<void> {
    this.#agent = await startAgent(this.#options);
  }

  /** Lets go of the containers, which run on. */
  async close(): Promise<void> {
    await this.#agent?.close();
    this.#agent = undefined;
  }

  async stop(): Promise<void> {
    await this.clear();
    this.client.close();
    await this.close();
    clearInterval(this.#alive);
  }

  /** Takes its policies and containers away; what the agent told of faults is an error. */
  async clear(): Promise<void> {
    if (this.#agent === undefined) await this.open();
    const { policies } = await this.client.policies();
    for (const { name } of policies) await this.client.removePolicy(name);
    // What rules did goes back at the ticks that follow, of others' containers too: it is over when four of them did nothing.
    if (policies.length > 0)
      await this.until('rules are taken back', async () => {
        const before = await this.#counts();
        const after = await this.until('four ticks', async () => {
          const now = await this.#counts();
          return now.ticks >= before.ticks + 4 && now;
        });
        return after.acts === before.acts;
      });
    // Only ours: others' containers of this machine are on the list too.
    for (const { id } of await this.client.list({ runtime: ['tsgov'] })) await this.client.remove(id, { force: true });
    const faults = this.faults.splice(0);
    if (faults.length > 0)
      throw new AggregateError(
        faults,
        `the agent told of faults: ${faults.map((fault) => (fault instanceof Error ? fault.stack : fault)).join('; ')}`,
      );
  }

  /** Creates and starts one from `host:`; answers its id. */
  async run(name: string, command: string[], body: Partial<CreateBody> = {}): Promise<string> {
    const { id } = await this.client.create({ name, image: 'host:', command, ...body }, { start: true });
    return id;
  }

  async policy(name: string, spec: object): Promise<void> {
    await this.client.putPolicy(name, policyText(name, spec));
  }

  /** Rows of the journal, oldest first. */
  async journal(container?: string): Promise<JournalEntry[]> {
    const query = container === undefined ? '' : `&container=${container}`;
    const page = JSON.parse(await this.get(`/v1/journal?limit=1000${query}`)) as JournalPage;
    return page.entries.reverse();
  }

  /** Events until `signal` aborts, into `into`. */
  async follow(into: EventView[], signal: AbortSignal): Promise<void> {
    try {
      for await (const event of this.client.events({ signal })) into.push(event);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async until<T>(what: string, check: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
    for (const end = Date.now() + timeoutMs; ; ) {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      if (Date.now() > end) throw new Error(`timed out waiting: ${what}`);
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }

  /** Acts of rules and ticks so far. */
  async #counts(): Promise<{ acts: string; ticks: number }> {
    const text = await this.client.metrics();
    const lines = text.split('\n').filter((line) => line.startsWith('tsgov_action_total'));
    return { acts: lines.join(), ticks: Number(/^tsgov_agent_tick_seconds_count (\d+)$/m.exec(text)?.[1]) };
  }

  /** What the program prints, run by itself: not by this process, in which the agent would wait for it. */
  async program(...args: string[]): Promise<string> {
    const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
    return (await promisify(execFile)(TSGOV, args, { env: { ...this.env, PATH } })).stdout;
  }

  /** The body of an answer. */
  async get(path: string): Promise<string> {
    return (await this.#request('GET', path)).text;
  }

  /** One request; the body of the answer is parsed. */
  async api(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const { status, text } = await this.#request(method, path, body);
    return { status, body: text === '' ? '' : JSON.parse(text) };
  }

  #request(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const socketPath = join(this.#options.state, 'tsgov.sock');
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
    return new Promise((done, fail) => {
      const call = request({ socketPath, method, path, headers, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.on('end', () => done({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      call.on('error', fail);
      call.end(payload);
    });
  }
}
