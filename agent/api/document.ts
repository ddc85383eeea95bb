import type { ContainerBackend } from '#agent/contract/backend.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { HistoryBackend, JournalBackend } from '#agent/contract/journal.js';
import type { PolicyBackend } from '#agent/contract/policy.js';
import type { PolicyTestBackend } from '#agent/contract/policy-test.js';
import type { TraceBackend } from '#agent/contract/trace.js';
import type { WhyBackend } from '#agent/contract/why.js';
import { buildApp } from './app.js';
import type { ApiContext } from './context.js';
import type { Route } from './route-table.js';
import type { OpenapiDocument } from './schema-words.js';

/** The OpenAPI document of the routes as they are, without an agent: for docs/api.md. */
export async function openapiDocument(version: string): Promise<OpenapiDocument> {
  const { app } = await buildApp(withoutAgent(version));
  const document = app.swagger() as unknown as OpenapiDocument;
  await app.close();
  return document;
}

/** Every route there is, HEAD included. */
export async function apiRoutes(): Promise<Route[]> {
  const { app, routes } = await buildApp(withoutAgent(''));
  await app.close();
  return routes.all();
}

/** Routes are only listed; none is called. */
function withoutAgent(version: string): ApiContext {
  return {
    backend: {} as ContainerBackend,
    policies: {} as PolicyBackend,
    policyTests: {} as PolicyTestBackend,
    journal: {} as JournalBackend,
    history: {} as HistoryBackend,
    eyes: {} as NodeEyes,
    page: () => ({ type: '', etag: '', bytes: Buffer.alloc(0) }),
    ticks: { count: 0, next: () => Promise.resolve() },
    trace: {} as TraceBackend,
    why: {} as WhyBackend,
    latency: () => ({ id: '', name: '', runQueue: null, blockIo: [], off: [] }),
    node: () => Promise.reject(new Error('no agent')),
    metrics: { scrape: () => Promise.reject(new Error('no agent')) },
    ready: () => false,
    version,
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    onFault: () => {},
    upgrades: new WeakMap(),
    sessions: new Set(),
  };
}
