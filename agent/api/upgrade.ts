import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { AgentError, type Problem, toProblem } from '#agent/contract/errors.js';
import { MAX_BODY_BYTES } from '#agent/contract/request-limits.js';
import { STREAM_PROTOCOL } from '#agent/contract/stream.js';
import type { Upgrade } from './context.js';
import { PROBLEM_TYPE } from './problems.js';

/** How long a client may take to send the body of its upgrade request. */
const BODY_TIMEOUT_MS = 30_000;

/**
 * Requests that ask for our stream protocol go through the same routes, checks and errors as all others: the body is read here,
 * since node hands the connection over after the head, and the handler takes the socket when it accepts. An upgrade to anything
 * else (curl --http2 asks for h2c) is ignored, as RFC 9110 7.8 allows.
 */
export function routeUpgrades(
  server: Server,
  upgrades: WeakMap<IncomingMessage, Upgrade>,
  route: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== STREAM_PROTOCOL) return ignoreUpgrade(server, request, socket, head);
    socket.on('error', () => socket.destroy());
    readBody(request, socket, head).then(
      (body) => {
        const response = new ServerResponse(request);
        response.shouldKeepAlive = false;
        response.assignSocket(socket);
        response.once('finish', () => {
          response.detachSocket(socket);
          socket.destroySoon();
        });
        upgrades.set(request, { socket, body });
        route(request, response);
      },
      (error) => refuse(socket, toProblem(error)),
    );
  });
}

/** Hands the connection back to the server with the same request, the wish taken out. */
function ignoreUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const hopByHop = new Set(['upgrade', 'connection', 'http2-settings']);
  let text = `${request.method} ${request.url} HTTP/1.1\r\n`;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]!;
    if (!hopByHop.has(name.toLowerCase())) text += `${name}: ${request.rawHeaders[index + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${text}\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

/** The body as fastify's parser wants it. */
export function bodyOfUpgrade(upgrade: Upgrade): Readable {
  return Readable.from(upgrade.body.length === 0 ? [] : [upgrade.body], { objectMode: false });
}

/** Ends a connection that is no HTTP any more, or never was, with a problem document. */
export function refuse(socket: Socket, problem: Problem): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n`;
  socket.end(head + body);
  socket.destroySoon();
}

function readBody(request: IncomingMessage, socket: Socket, head: Buffer): Promise<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined)
    return Promise.reject(
      new AgentError('BODY_INVALID', 'an upgrade request must give its Content-Length', { field: 'Content-Length' }),
    );
  const wanted = Number(request.headers['content-length'] ?? 0);
  if (wanted > MAX_BODY_BYTES) return Promise.reject(new AgentError('BODY_TOO_LARGE', 'the body is larger than 1 MiB'));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => finish(new AgentError('DEADLINE', 'the body did not come within 30 s')), BODY_TIMEOUT_MS);
    const onGone = () => finish(new AgentError('CANCELLED', 'the client gave up'));
    const finish = (error?: Error) => {
      clearTimeout(timer);
      socket.off('data', take).off('end', onGone).off('close', onGone);
      socket.pause();
      const all = Buffer.concat(chunks);
      if (error !== undefined) return reject(error);
      if (all.length > wanted) socket.unshift(all.subarray(wanted));
      resolve(all.subarray(0, wanted));
    };
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= wanted) finish();
    };
    socket.on('data', take).on('end', onGone).on('close', onGone);
    take(head);
  });
}
