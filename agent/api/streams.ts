import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { StreamSession } from '#agent/contract/backend.js';
import { ExecBody, ExecResult } from '#agent/contract/create.js';
import { AgentError } from '#agent/contract/errors.js';
import { STREAM_PROTOCOL } from '#agent/contract/stream.js';
import type { ApiApp, ApiContext } from './context.js';
import { Flag, isSet, RefParams, WholeNumber } from './query.js';
import { serveSession } from './session-stream.js';
import { clientGone } from './stream-out.js';

const MAX_EXEC_OUTPUT_BYTES = 10 << 20;

/** Attach and exec: byte streams after an upgrade, or for exec an answer when it has ended. */
export function streamRoutes(app: ApiApp, context: ApiContext): void {
  const { backend } = context;

  app.route({
    method: ['GET', 'POST'],
    url: '/v1/containers/:ref/attach',
    exposeHeadRoute: false,
    schema: {
      summary: `Its stdin, stdout and stderr, by upgrade to ${STREAM_PROTOCOL}; before start too. All three unless told.`,
      params: RefParams,
      querystring: Type.Object(
        {
          stdin: Type.Optional(Flag),
          stdout: Type.Optional(Flag),
          stderr: Type.Optional(Flag),
          rows: Type.Optional(WholeNumber),
          cols: Type.Optional(WholeNumber),
        },
        { additionalProperties: false },
      ),
      response: { 101: Type.Null({ description: `Frames of ${STREAM_PROTOCOL}, both ways.` }) },
    },
    handler: async (request, reply) => {
      const { query } = request;
      requireUpgrade(context, request);
      const wants = (flag: string | undefined) => flag === undefined || isSet(flag);
      const session = await backend.attach(request.params.ref, {
        stdin: wants(query.stdin),
        stdout: wants(query.stdout),
        stderr: wants(query.stderr),
        ...(query.rows === undefined ? {} : { rows: Number(query.rows) }),
        ...(query.cols === undefined ? {} : { cols: Number(query.cols) }),
      });
      switchProtocols(context, request, reply, session);
      return reply;
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/exec',
    schema: {
      summary: `Runs a command in it: by upgrade to ${STREAM_PROTOCOL} with its streams; else answers when it has ended, with at most 10 MiB of each stream; with \`detach\`, 202 at once.`,
      params: RefParams,
      body: ExecBody,
      response: { 200: ExecResult, 202: Type.Object({ id: Type.String() }) },
    },
    handler: async (request, reply) => {
      const { ref } = request.params;
      if (request.body.detach === true) return reply.code(202).send(await backend.execDetached(ref, request.body));
      if (context.upgrades.has(request.raw)) {
        switchProtocols(context, request, reply, await backend.exec(ref, request.body));
        return reply;
      }
      const gone = clientGone(request, reply);
      const session = await backend.exec(ref, { ...request.body, stdin: false });
      return reply.code(200).send(await collect(session, gone));
    },
  });
}

function requireUpgrade(context: ApiContext, request: FastifyRequest): void {
  if (context.upgrades.has(request.raw)) return;
  throw new AgentError('BODY_INVALID', `attach needs the headers "Connection: Upgrade" and "Upgrade: ${STREAM_PROTOCOL}"`, {
    field: 'Upgrade',
  });
}

/** The connection leaves HTTP here. A session whose client is gone by now is closed again. */
function switchProtocols(context: ApiContext, request: FastifyRequest, reply: FastifyReply, session: StreamSession): void {
  const { socket } = context.upgrades.get(request.raw)!;
  reply.hijack();
  reply.raw.detachSocket(socket);
  context.sessions.add(socket);
  socket.once('close', () => context.sessions.delete(socket));
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${STREAM_PROTOCOL}\r\n\r\n`);
  if (socket.destroyed) session.close();
  else serveSession(socket, session).catch(context.onFault);
}

async function collect(session: StreamSession, gone: AbortSignal): Promise<ExecResult> {
  const close = () => session.close();
  gone.addEventListener('abort', close, { once: true });
  try {
    session.stdin?.end();
    const [stdout, stderr] = await Promise.all([gather(session.stdout, 'stdout'), gather(session.stderr, 'stderr')]);
    const { exitCode } = await session.exit;
    return { exitCode, stdout, stderr };
  } catch (error) {
    // What could not be taken stops here; `exit` may reject later without a listener.
    session.exit.catch(() => {});
    close();
    throw error;
  } finally {
    gone.removeEventListener('abort', close);
  }
}

async function gather(source: Readable, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_EXEC_OUTPUT_BYTES)
      throw new AgentError('OUTPUT_TOO_LARGE', `${name} exceeds 10 MiB; upgrade to ${STREAM_PROTOCOL} for a stream`, {
        field: name,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
