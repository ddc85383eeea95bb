import { request } from 'node:http';
import { join } from 'node:path';
import { connect, type TsgovClient } from '#agent/client.js';
import type { EventView } from '#agent/contract/container.js';
import type { CreateBody } from '#agent/contract/create.js';
import type { JournalEntry, JournalPage } from '#agent/contract/journal.js';
import { type AgentOptions, type RunningAgent, startAgent } from '#agent/main.js';
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
      ...options,
    });
    await agent.open();
    return agent;
  }

  get root(): string {
    return this.#options.root;
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
    if (this.#agent === undefined) await this.open();
    for (const { name } of (await this.client.policies()).policies) await this.client.removePolicy(name);
    // What rules did goes back at the ticks that follow, of others' containers too.
    const tickMs = this.#options.tickMs ?? 1000;
    await this.until('rules are taken back', async () => {
      const [before] = await Promise.all([this.#counts(), new Promise((resume) => setTimeout(resume, 4 * tickMs))]);
      return (await this.#counts()) === before;
    });
    // Only ours: others' containers of this machine are on the list too.
    for (const { id } of await this.client.list({ runtime: ['tsgov'] })) await this.client.remove(id, { force: true });
    this.client.close();
    await this.close();
    clearInterval(this.#alive);
    if (this.faults.length > 0) throw new AggregateError(this.faults, 'the agent told of faults');
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
    const page = JSON.parse(await this.#get(`/v1/journal?limit=1000${query}`)) as JournalPage;
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

  /** Acts of rules so far. */
  async #counts(): Promise<string> {
    const lines = (await this.client.metrics()).split('\n');
    return lines.filter((line) => line.startsWith('tsgov_action_total')).join();
  }

  #get(path: string): Promise<string> {
    const socketPath = join(this.#options.state, 'tsgov.sock');
    return new Promise((done, fail) => {
      const call = request({ socketPath, path, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.on('end', () => done(Buffer.concat(chunks).toString()));
      });
      call.on('error', fail);
      call.end();
    });
  }
}
