import { Type } from 'typebox';
import { ContainerView } from '#agent/contract/container.js';
import { FreezeBody, KillBody, StopBody } from '#agent/contract/create.js';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp, ApiContext } from './context.js';
import { DurationText, durationMs, RefParams } from './query.js';
import { clientGone } from './stream-out.js';

const closed = { additionalProperties: false };
const RenameBody = Type.Object({ name: Type.String() }, closed);
const StopQuery = Type.Object({ timeout: Type.Optional(DurationText), signal: Type.Optional(Type.String()) }, closed);
const KillQuery = Type.Object({ signal: Type.Optional(Type.String()) }, closed);
const FreezeQuery = Type.Object({ for: Type.Optional(DurationText) }, closed);
const Condition = Type.Unsafe<'not-running' | 'next-exit' | 'removed'>({
  type: 'string',
  enum: ['not-running', 'next-exit', 'removed'],
});
/** The container as it is after the act; 204 when it is gone by then (autoRemove). */
const response = { 200: ContainerView, 204: Type.Null() };

/** What changes a container's state. */
export function lifecycleRoutes(app: ApiApp, { backend }: ApiContext): void {
  const viewAfter = (ref: string): ContainerView | undefined => {
    try {
      return backend.inspect(ref);
    } catch (error) {
      if (error instanceof AgentError && error.code === 'CONTAINER_NOT_FOUND') return undefined;
      throw error;
    }
  };

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/start',
    schema: { summary: 'Starts it; answers when its command runs.', params: RefParams, body: Type.Object({}, closed), response },
    handler: async (request, reply) => {
      await backend.start(request.params.ref);
      return send(reply, viewAfter(request.params.ref));
    },
  });

  for (const verb of ['stop', 'restart'] as const) {
    app.route({
      method: 'POST',
      url: `/v1/containers/:ref/${verb}`,
      schema: {
        summary: `${verb === 'stop' ? 'Stops' : 'Stops and starts'} it: the stop signal, then SIGKILL after the timeout.`,
        params: RefParams,
        querystring: StopQuery,
        body: StopBody,
        response,
      },
      handler: async (request, reply) => {
        await backend[verb](request.params.ref, stopOptions({ ...request.query, ...request.body }));
        return send(reply, viewAfter(request.params.ref));
      },
    });
  }

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/kill',
    schema: {
      summary: 'Sends a signal, SIGKILL unless told.',
      params: RefParams,
      querystring: KillQuery,
      body: KillBody,
      response,
    },
    handler: async (request, reply) => {
      await backend.kill(request.params.ref, String(request.body.signal ?? request.query.signal ?? 'SIGKILL'));
      return send(reply, viewAfter(request.params.ref));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/freeze',
    schema: {
      summary: 'Freezes every process of it; with `for` it thaws by itself.',
      params: RefParams,
      querystring: FreezeQuery,
      body: FreezeBody,
      response,
    },
    handler: async (request, reply) => {
      const forText = request.body.for ?? request.query.for;
      await backend.freeze(request.params.ref, forText === undefined ? {} : { forMs: durationMs(forText, 'for') });
      return send(reply, viewAfter(request.params.ref));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/thaw',
    schema: { summary: 'Lets it go on.', params: RefParams, body: Type.Object({}, closed), response },
    handler: async (request, reply) => {
      await backend.thaw(request.params.ref);
      return send(reply, viewAfter(request.params.ref));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/rename',
    schema: { summary: 'Gives it another name.', params: RefParams, body: RenameBody, response },
    handler: async (request, reply) => {
      await backend.rename(request.params.ref, request.body.name);
      // By the new name: the reference may have been the old one.
      return send(reply, viewAfter(request.body.name));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers/:ref/wait',
    schema: {
      summary: 'Answers when it stops (at once when it does not run), at its next exit, or when it is removed.',
      params: RefParams,
      querystring: Type.Object({ condition: Type.Optional(Condition) }, closed),
      body: Type.Object({ condition: Type.Optional(Condition) }, closed),
      response: { 200: Type.Object({ exitCode: Type.Number() }) },
    },
    handler: async (request, reply) => {
      const condition = request.body.condition ?? request.query.condition ?? 'not-running';
      return reply.send(await backend.wait(request.params.ref, condition, clientGone(request, reply)));
    },
  });
}

interface ViewReply {
  code(status: 204): { send(payload: null): unknown };
  send(payload: ContainerView): unknown;
}

function send<Reply extends ViewReply>(reply: Reply, view: ContainerView | undefined): Reply {
  if (view === undefined) reply.code(204).send(null);
  else reply.send(view);
  return reply;
}

/** Docker's number for no timeout. */
const FOR_EVER = -1;

function stopOptions(input: { timeout?: string | number; signal?: string }): { timeoutMs?: number; signal?: string } {
  const options: { timeoutMs?: number; signal?: string } = {};
  if (input.timeout !== undefined)
    options.timeoutMs = Number(input.timeout) === FOR_EVER ? FOR_EVER : durationMs(input.timeout, 'timeout');
  if (input.signal !== undefined) options.signal = input.signal;
  return options;
}
