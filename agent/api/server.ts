import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AgentError } from '#agent/contract/errors.js';
import { checkTcpAccess, type TcpAccess } from './access.js';
import { buildApp } from './app.js';
import type { ApiContext } from './context.js';
import { checkExposure, DEFAULT_LISTEN, isLoopback, listenTcp, parseListen } from './listen-tcp.js';
import { groupId, listenUnix } from './listen-unix.js';
import { problemOf } from './problems.js';
import { refuse, routeUpgrades } from './upgrade.js';

export interface ApiOptions extends Omit<ApiContext, 'upgrades' | 'sessions'> {
  /** Path of the unix socket; its directory must exist. */
  socketPath: string;
  /** Where to look for the group tsgov, which owns the socket when it exists. Usually /etc/group. */
  groupFile: string;
  /** `HOST:PORT` or `off`. */
  listen: string;
  /** Bearer token for TCP; without one TCP only reads. */
  token?: string | undefined;
  /** PEM texts. Needed for an address that is not loopback. */
  tls?: { cert: string; key: string } | undefined;
  /** Names of this host that a Host header may carry over TCP. */
  hostNames: readonly string[];
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

/** Idle connections are kept this long: longer than a Prometheus scrape interval. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Serves the API on the unix socket, which may do everything, and on TCP, which may read and, with the token, do everything. Rejects with
 * AGENT_RUNNING, LISTEN_FAILED or CONFIG_INVALID. When the default port is in use (another agent on another root), it goes on without
 * TCP and says so in `warnings`; any other address that cannot be had is an error.
 */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const address = parseListen(options.listen);
  if (address !== undefined) checkExposure(address, { tls: options.tls !== undefined, token: options.token !== undefined });
  const context: ApiContext = { ...options, upgrades: new WeakMap(), sessions: new Set() };
  const app = await buildApp(context);
  const connections = new Set<Socket>();
  const warnings: string[] = [];

  const unixServer = configured(createServer(), connections);
  serve(unixServer, context, app.routing);
  const listener = await listenUnix(unixServer, options.socketPath, groupId(options.groupFile, 'tsgov'));

  let tcpServer: Server | undefined;
  let listen: string | null = null;
  if (address !== undefined) {
    const access: TcpAccess = { token: options.token, exposed: !isLoopback(address.host), hostNames: options.hostNames };
    tcpServer = configured(await newTcpServer(options.tls), connections);
    serve(tcpServer, context, app.routing, access);
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

function serve(
  server: Server,
  context: ApiContext,
  routing: (request: IncomingMessage, response: ServerResponse) => void,
  access?: TcpAccess,
): void {
  const route = access === undefined ? routing : guarded(access, context, routing);
  server.on('request', route);
  routeUpgrades(server, context.upgrades, route);
}

/** TCP's rules stand before everything else, so that no route can forget them. */
function guarded(access: TcpAccess, context: ApiContext, routing: (request: IncomingMessage, response: ServerResponse) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    try {
      checkTcpAccess(
        {
          method: request.method ?? '',
          path: request.url?.split('?', 1)[0] ?? '',
          host: request.headers.host,
          authorization: request.headers.authorization,
          upgrade: context.upgrades.has(request),
        },
        access,
      );
    } catch (error) {
      const problem = problemOf(error);
      const headers: Record<string, string> = { 'content-type': 'application/problem+json', connection: 'close' };
      if (problem.status === 401) headers['www-authenticate'] = 'Bearer';
      response.writeHead(problem.status, headers).end(JSON.stringify(problem));
      return;
    }
    routing(request, response);
  };
}

function configured(server: Server, connections: Set<Socket>): Server {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxHeadersCount = 100;
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  // What is no HTTP at all, or too slow.
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, problemOf(notHttp(error)));
  });
  return server;
}

function notHttp(error: NodeJS.ErrnoException): AgentError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AgentError('DEADLINE', 'the request did not come in time');
  if (error.code === 'HPE_HEADER_OVERFLOW') return new AgentError('BODY_TOO_LARGE', 'the head of the request is too large');
  return new AgentError('BODY_INVALID', `this is no HTTP request: ${error.message}`, { field: 'request' });
}

async function newTcpServer(tls: ApiOptions['tls']): Promise<Server> {
  if (tls === undefined) return createServer();
  const { createServer: createTlsServer } = await import('node:https');
  try {
    // Of an empty certificate the TLS server itself says nothing, and then talks to nobody.
    if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) throw new Error('the key is of another one');
    return createTlsServer(tls) as unknown as Server;
  } catch (error) {
    const message = `the TLS certificate and key cannot be used: ${(error as Error).message}`;
    throw new AgentError('CONFIG_INVALID', message, { cause: error, field: 'tls' });
  }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function isPortInUse(error: unknown): boolean {
  return error instanceof AgentError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}
