import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ContainerBackend } from '#agent/contract/backend.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { HistoryBackend, JournalBackend } from '#agent/contract/journal.js';
import type { LatencyView } from '#agent/contract/latency.js';
import type { MetricsBackend } from '#agent/contract/metrics.js';
import type { NodeView } from '#agent/contract/node.js';
import type { PolicyBackend } from '#agent/contract/policy.js';
import type { PolicyTestBackend } from '#agent/contract/policy-test.js';
import type { TraceBackend } from '#agent/contract/trace.js';
import type { WhyBackend } from '#agent/contract/why.js';
import type { PageFile, PageName } from '#agent/page/page-files.js';

/** What the routes translate to. */
export interface ApiContext {
  backend: ContainerBackend;
  policies: PolicyBackend;
  policyTests: PolicyTestBackend;
  journal: JournalBackend;
  history: HistoryBackend;
  why: WhyBackend;
  /** Throws CONTAINER_NOT_FOUND or REF_AMBIGUOUS. */
  latency: (ref: string) => LatencyView;
  /** Who is at the other end of a connection to the unix socket; absent: nobody knows. */
  peerOf?: (socket: Socket) => { uid: number; pid: number } | undefined;
  eyes: NodeEyes;
  /** The pages' files. */
  page: (name: PageName) => PageFile;
  /** Tells when a tick is over. */
  ticks: { readonly count: number; next(signal: AbortSignal): Promise<void> };
  trace: TraceBackend;
  node: () => NodeView | Promise<NodeView>;
  metrics: MetricsBackend;
  /** Containers of an earlier agent are adopted and requests make sense. */
  ready: () => boolean;
  /** Resolves once everybody's containers are found, for what would otherwise see too little; absent: they are. Never rejects. */
  found?: Promise<void>;
  version: string;
  clock: { nowMs(): number; monotonicMs(): number };
  /** Told of every error that is no answer to a bad request: a fault of tsgov's, or a stream that broke. */
  onFault: (error: unknown) => void;
  /** The connection of a request that came as an upgrade to our stream protocol. */
  upgrades: WeakMap<IncomingMessage, Upgrade>;
  /** Connections that left HTTP; closed with the API. */
  sessions: Set<Socket>;
}

/** A request whose connection leaves HTTP once a handler accepts it. */
export interface Upgrade {
  socket: Socket;
  body: Buffer;
}

export type ApiApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** One group of routes; agent/api/app.ts lists them. */
export type RouteGroup = (app: ApiApp, context: ApiContext) => void;
