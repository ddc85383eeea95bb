import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import type { LiveAgent } from './live-agent.js';

interface Answered {
  type: string;
  encoding: string;
}

/** A real Prometheus that scrapes a live agent, and itself, every second, in a directory of the agent's. */
export class PrometheusServer {
  /** What the last scrape was answered in. */
  readonly answered: Readonly<Answered>;
  readonly #url: string;
  readonly #child: ChildProcess;
  readonly #door: Server | undefined;

  /** `target`: HOST:PORT to scrape instead of the agent's socket. */
  static async start(agent: LiveAgent, ruleFiles: readonly string[], target?: string): Promise<PrometheusServer> {
    const answered: Answered = { type: '', encoding: '' };
    const door = target === undefined ? await doorTo(agent.socket, answered) : undefined;
    const scraped = door === undefined ? (target as string) : `127.0.0.1:${(door.address() as AddressInfo).port}`;
    const server = new PrometheusServer(agent, ruleFiles, { door, scraped, answered, port: await freePort() });
    await agent.until('Prometheus is ready', () => server.#ready(), 60_000);
    return server;
  }

  private constructor(
    agent: LiveAgent,
    ruleFiles: readonly string[],
    { door, scraped, answered, port }: { door: Server | undefined; scraped: string; answered: Answered; port: number },
  ) {
    this.answered = answered;
    const dir = mkdtempSync(join(agent.dir, 'prometheus-'));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      scrape_configs: [
        { job_name: 'tsgov', static_configs: [{ targets: [scraped] }] },
        { job_name: 'prometheus', static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
      ],
    };
    // JSON is YAML.
    writeFileSync(join(dir, 'prometheus.yaml'), JSON.stringify(config));
    const flags = [`--config.file=${dir}/prometheus.yaml`, `--storage.tsdb.path=${dir}/data`, '--log.level=error'];
    this.#child = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'inherit' });
    this.#door = door;
    this.#url = `http://127.0.0.1:${port}`;
  }

  /** How many series an expression has now; throws what Prometheus says where it takes it not. */
  async count(expr: string): Promise<number> {
    return (await this.query(expr)).length;
  }

  async query(expr: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> {
    const answer = await fetch(`${this.#url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query: expr }) });
    const { status, error, data } = (await answer.json()) as {
      status: string;
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (status !== 'success' || data === undefined) throw new Error(`${expr}: ${error}`);
    return data.result;
  }

  async stop(): Promise<void> {
    const gone = new Promise((done) => this.#child.once('exit', done));
    if (this.#child.exitCode === null && this.#child.kill('SIGTERM')) await gone;
    await new Promise((done) => (this.#door === undefined ? done(undefined) : this.#door.close(done)));
  }

  async #ready(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`prometheus ended: exit ${this.#child.exitCode}`);
    return await fetch(`${this.#url}/-/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
  }
}

/** Prometheus does not scrape unix sockets. */
async function doorTo(socketPath: string, answered: Answered): Promise<Server> {
  const door = createServer(({ url: path = '', headers: { accept, 'accept-encoding': encoding } }, response) => {
    const asked = { host: 'localhost', ...(accept && { accept }), ...(encoding && { 'accept-encoding': encoding }) };
    const call = request({ socketPath, path, headers: asked, agent: false }, (answer) => {
      answered.type = answer.headers['content-type'] ?? '';
      answered.encoding = answer.headers['content-encoding'] ?? '';
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    call.on('error', (error) => response.destroy(error));
    call.end();
  });
  await new Promise<void>((done) => door.listen(0, '127.0.0.1', done));
  return door;
}

/** A port of loopback that nobody has. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
