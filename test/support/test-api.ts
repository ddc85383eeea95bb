import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { type ApiOptions, type RunningApi, startApi } from '#agent/api/server.js';
import { TickFeed } from '#agent/api/tick-feed.js';
import { connect, type TsgovClient } from '#agent/client.js';
import type { Problem } from '#agent/contract/errors.js';
import type { NodeView } from '#agent/contract/node.js';
import { pageFiles } from '#agent/page/page-files.js';
import { MemoryBackend } from './memory-backend.js';
import { MemoryEyes } from './memory-eyes.js';
import { MemoryJournal } from './memory-journal.js';
import { MEMORY_METRICS } from './memory-metrics.js';
import { MemoryPolicies } from './memory-policies.js';
import { MemoryTrace } from './memory-trace.js';
import { MEMORY_WHY } from './memory-why.js';
import { type Teardown, tempDir } from './temp.js';

export interface TestApi {
  backend: MemoryBackend;
  eyes: MemoryEyes;
  ticks: TickFeed;
  api: RunningApi;
  client: TsgovClient;
  /** Errors that were told to the operator. */
  faults: unknown[];
  socket: string;
  /** `http://127.0.0.1:PORT`, when it listens. */
  url: string;
}

const PAGE = join(import.meta.dirname, '../../page');

/** A real server on a temporary socket, over containers in memory; closed when the test ends. */
export async function startTestApi(t: Teardown, change: Partial<ApiOptions> = {}): Promise<TestApi> {
  const backend = new MemoryBackend();
  const eyes = new MemoryEyes();
  const ticks = new TickFeed();
  const faults: unknown[] = [];
  const socket = change.socketPath ?? join(tempDir(t), 'tsgov.sock');
  const api = await startApi({
    backend,
    policies: new MemoryPolicies(),
    policyTests: new MemoryPolicies(),
    journal: new MemoryJournal(),
    history: new MemoryJournal(),
    why: MEMORY_WHY,
    latency: (ref) => ({ id: ref, name: ref, runQueue: [1, 2], blockIo: [], off: [] }),
    eyes,
    ticks,
    page: pageFiles((name) => join(PAGE, name)),
    trace: new MemoryTrace(),
    node: () => ({ version: '0.0.0-test', hostname: 'box' }) as NodeView,
    metrics: MEMORY_METRICS,
    ready: () => true,
    version: '0.0.0-test',
    clock: { nowMs: () => Date.parse('2026-01-01T00:00:10Z'), monotonicMs: () => performance.now() },
    onFault: (error) => faults.push(error),
    socketPath: socket,
    groupFile: '/nonexistent',
    listen: 'off',
    hostNames: ['box'],
    ...change,
  });
  const client = connect({ host: socket });
  t.after(async () => {
    client.close();
    await api.close();
  });
  return { backend, eyes, ticks, api, client, faults, socket, url: `http://${api.addresses.listen}` };
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as a problem document. */
  problem: Problem & { instance?: string };
}

/** One request on a connection of its own, the body as it is given; `to` is a socket path or an http URL. */
export function call(
  to: string,
  method: string,
  path: string,
  input: { body?: string | object; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const body = input.body === undefined || typeof input.body === 'string' ? input.body : JSON.stringify(input.body);
  const url = to.startsWith('http') ? new URL(to) : undefined;
  const target = url === undefined ? { socketPath: to } : { host: url.hostname, port: url.port };
  const headers: Record<string, string | number> = { ...input.headers };
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...target, method, path, headers, agent: false }, (response) => {
      response.setEncoding('utf8');
      let text = '';
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => {
        const problem =
          response.headers['content-type']?.includes('problem+json') === true && text !== '' ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, problem });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}
