import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AgentError } from '#agent/contract/errors.js';
import { MAX_BODY_BYTES } from '#agent/contract/request-limits.js';
import { buildApp } from './app.js';
import type { ApiContext } from './context.js';
import { closeServer, newHttpServer, type TlsFiles } from './http-server.js';
import { checkExposure, DEFAULT_LISTEN, isLoopback, listenTcp, parseListen } from './listen-tcp.js';
import { groupId, listenUnix } from './listen-unix.js';
import { RateLimit, type RateOptions } from './rate-limit.js';
import { guarded, type TcpGuard } from './tcp-guard.js';
import { routeUpgrades } from './upgrade.js';

export interface ApiOptions extends Omit<ApiContext, 'upgrades' | 'sessions'> {
  /** Path of the unix socket; its directory must exist. */
  socketPath: string;
  /** Where to look for the group tsgov, which owns the socket when it exists. Usually /etc/group. */
  groupFile: string;
  /** `HOST:PORT` or `off`. */
  listen: string;
  /** Bearer token for TCP; without one TCP only reads. */
  token?: string | undefined;
  /** Needed for an address that is not loopback. */
  tls?: TlsFiles | undefined;
  /** Names of this host that a Host header may carry over TCP. */
  hostNames: readonly string[];
  /** What one remote address may ask for over TCP; default 100 requests a second, 500 at once. */
  rate?: Pick<RateOptions, 'perSecond' | 'burst'> | undefined;
}

export interface RunningApi {
  addresses: {
    socket: string;
    /** `HOST:PORT` as bound; null: no TCP. */
    listen: string | null;
    metricsUrl: string | null;
  };
  /** What an operator should know, e.g. that the default port belongs to somebody else. */
  warnings: string[];
  /** Stops listening, ends streams and connections, removes the socket. */
  close(): Promise<void>;
}

const DEFAULT_RATE = { perSecond: 100, burst: 500 };
/** Connections over TCP at once; more are closed. Whoever has the unix socket may use up the agent's descriptors in other ways too. */
const MAX_TCP_CONNECTIONS = 256;

type Route = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the API on the unix socket, which may do everything, and on TCP, which may read and, with the token, do everything. Rejects with
 * AGENT_RUNNING, LISTEN_FAILED, CONFIG_INVALID or USAGE. When the default port is in use (another agent on another root), it goes on without
 * TCP and says so in `warnings`; any other address that cannot be had is an error.
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const address = parseListen(options.listen);
  if (address !== undefined) checkExposure(address, { tls: options.tls !== undefined, token: options.token !== undefined });
  const context: ApiContext = { ...options, upgrades: new WeakMap(), sessions: new Set() };
  const { app } = await buildApp(context);
  const connections = new Set<Socket>();
  const warnings: string[] = [];

  const unixServer = await newHttpServer(connections);
  serve(unixServer, context, app.routing);
  const listener = await listenUnix(unixServer, options.socketPath, groupId(options.groupFile, 'tsgov'));

  let tcpServer: Server | undefined;
  let listen: string | null = null;
  if (address !== undefined) {
    const access = { token: options.token, exposed: !isLoopback(address.host), hostNames: options.hostNames };
    const rate = new RateLimit({ ...DEFAULT_RATE, ...options.rate, clock: options.clock });
    tcpServer = await newHttpServer(connections, options.tls);
    tcpServer.maxConnections = MAX_TCP_CONNECTIONS;
    serve(tcpServer, context, app.routing, { access, rate, isUpgrade: (request) => context.upgrades.has(request) });
    try {
      listen = await listenTcp(tcpServer, address);
    } catch (error) {
      if (options.listen !== DEFAULT_LISTEN || !isPortInUse(error)) {
        await closeServer(unixServer);
        listener.release();
        throw error;
      }
      warnings.push(
        `no TCP: ${DEFAULT_LISTEN} is in use, perhaps by another agent; this one has its unix socket, or take --listen`,
      );
    }
  }

  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    addresses: { socket: options.socketPath, listen, metricsUrl: listen === null ? null : `${scheme}://${listen}/metrics` },
    warnings,
    close: async () => {
      const closed = [unixServer, tcpServer].filter((server) => server?.listening).map((server) => closeServer(server as Server));
      for (const socket of [...connections, ...context.sessions]) socket.destroy();
      await Promise.all(closed);
      listener.release();
      await app.close();
    },
  };
}

/** Answers of the API are for those who ask, and never read as anything but what they say they are. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

function serve(server: Server, context: ApiContext, routing: Route, guard?: TcpGuard): void {
  const inner: Route = (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    routing(request, response);
  };
  const route = guard === undefined ? inner : guarded(guard, inner);
  server.on('request', route);
  // A body that its head says is too large is answered before it comes: not all who still send would see the answer.
  const asked: Route = (request, response) => {
    if (Number(request.headers['content-length'] ?? 0) <= MAX_BODY_BYTES) response.writeContinue();
    inner(request, response);
  };
  server.on('checkContinue', guard === undefined ? asked : guarded(guard, asked));
  // An expectation that nobody knows may be ignored, RFC 9110 10.1.1.
  server.on('checkExpectation', route);
  routeUpgrades(server, context.upgrades, route);
}

function isPortInUse(error: unknown): boolean {
  return error instanceof AgentError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}
