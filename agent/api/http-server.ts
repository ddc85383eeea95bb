import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { AgentError } from '#agent/contract/errors.js';
import { problemOf } from './problems.js';
import { refuse } from './upgrade.js';

export interface TlsFiles {
  /** PEM texts. */
  cert: string;
  key: string;
}

/** Idle connections are kept this long: longer than a Prometheus scrape interval. */
const KEEP_ALIVE_MS = 75_000;
/** A request's head, and all of it: nobody holds a connection by sending slowly. */
const HEAD_MS = 20_000;
const REQUEST_MS = 60_000;

const OPTIONS: ServerOptions = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  headersTimeout: HEAD_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: 5000,
  // Its own answer to a request without one is no problem document; the guard of TCP looks for it.
  requireHostHeader: false,
};

/** A server over `tls` or in the clear that answers what is no HTTP with a problem document; its connections are in `connections`. */
export async function newHttpServer(connections: Set<Socket>, tls?: TlsFiles): Promise<Server> {
  const server = tls === undefined ? createServer(OPTIONS) : await newTlsServer(tls);
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
  server.on('connect', (_request, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, problemOf(new AgentError('METHOD_NOT_ALLOWED', 'the agent is no proxy')));
  });
  return server;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function notHttp(error: NodeJS.ErrnoException): AgentError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AgentError('DEADLINE', 'the request did not come in time');
  if (error.code === 'HPE_HEADER_OVERFLOW') return new AgentError('BODY_TOO_LARGE', 'the head of the request is too large');
  return new AgentError('BODY_INVALID', `this is no HTTP request: ${error.message}`, { field: 'request' });
}

async function newTlsServer(tls: TlsFiles): Promise<Server> {
  const { createServer: createTlsServer } = await import('node:https');
  try {
    // Of an empty certificate the TLS server itself says nothing, and then talks to nobody.
    if (!new X509Certificate(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) throw new Error('the key is of another one');
    return createTlsServer({ ...OPTIONS, handshakeTimeout: HEAD_MS, ...tls }) as unknown as Server;
  } catch (error) {
    const message = `the TLS certificate and key cannot be used: ${(error as Error).message}`;
    throw new AgentError('CONFIG_INVALID', message, { cause: error, field: 'tls' });
  }
}
