import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { ClientError, errorFromProblem } from '#agent/contract/client-error.js';
import { type AgentAddress, connectUnix } from './address.js';
import { bodyHeaders, sendBody } from './send-body.js';

export interface RequestInput {
  method: string;
  /** Path and query. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export interface Transport {
  /** Where it connects to, for messages. */
  readonly target: string;
  /** The answer's head; a status of 400 or more is thrown as ClientError, as are refusals to connect (AGENT_UNREACHABLE). */
  send(input: RequestInput): Promise<IncomingMessage>;
  /** Sends the request after `wire` has put its listeners on; for upgrades. */
  begin(input: RequestInput, wire: (request: ClientRequest) => void): Promise<void>;
  /** The error to show for one of a request made by `begin`. */
  explain(error: Error): ClientError;
  close(): void;
}

/** One keep-alive connection pool to an agent. Nothing is opened before the first request. */
export function openTransport(address: AgentAddress, token: string | undefined, ca?: string | undefined): Transport {
  const pool = poolFor(address);
  const target = address.kind === 'unix' ? `unix://${address.path}` : address.url.origin;
  const base: RequestOptions =
    address.kind === 'unix'
      ? { host: 'localhost' }
      : { host: address.url.hostname.replace(/^\[|\]$/g, ''), port: address.url.port };

  const open = async (input: RequestInput, wire: (request: ClientRequest) => void, announces: boolean): Promise<void> => {
    const headers: Record<string, string> = { ...input.headers };
    const text = input.text ?? (input.body === undefined ? undefined : JSON.stringify(input.body));
    const body = text === undefined ? undefined : Buffer.from(text);
    if (announces) Object.assign(headers, bodyHeaders(body));
    if (body !== undefined) headers['content-type'] = input.text === undefined ? 'application/json' : 'application/yaml';
    if (body !== undefined || input.method !== 'GET') headers['content-length'] = String(body?.length ?? 0);
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const options: RequestOptions = { ...base, method: input.method, path: input.path, headers };
    if (input.signal !== undefined) options.signal = input.signal;
    if (pool !== undefined) options.agent = pool;
    const secure = address.kind === 'tcp' && address.url.protocol === 'https:';
    const trusted = ca === undefined ? options : { ...options, ca };
    const request = secure ? (await import('node:https')).request(trusted) : requestHttp(options);
    wire(request);
    sendBody(request, body);
  };
  // Who asks for an upgrade is handed the connection after the head.
  const begin: Transport['begin'] = (input, wire) => open(input, wire, false);

  const attempt = (input: RequestInput): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      open(
        input,
        (request) => {
          request.once('response', resolve).once('error', (error) => reject(staleOrError(request, error)));
        },
        true,
      ).catch(reject);
    });

  const explain = (error: Error) => explainFailure(error, target);
  return {
    target,
    begin,
    explain,
    close: () => pool?.destroy(),
    send: async (input) => {
      let response: IncomingMessage;
      try {
        response = await attempt(input).catch((error) => {
          // A kept connection that the agent closed just now: it has not seen this request, so it is safe to send again.
          if (error === STALE) return attempt(input);
          throw error;
        });
      } catch (error) {
        throw explain(error === STALE ? new Error('the connection was reset') : (error as Error));
      }
      if ((response.statusCode ?? 0) < 400) return response;
      throw errorFromProblem(response.statusCode ?? 0, await readText(response));
    },
  };
}

/** The whole body as text. Rejects with ClientError when the connection breaks before its end. */
export async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response) text += chunk as string;
  } catch (error) {
    throw new ClientError('AGENT_UNREACHABLE', `the agent's answer broke off: ${(error as Error).message}`, { cause: error });
  }
  return text;
}

const STALE = Symbol('stale keep-alive connection');

function staleOrError(request: ClientRequest, error: NodeJS.ErrnoException): unknown {
  const idempotent = request.method === 'GET' || request.method === 'HEAD';
  // EPIPE means that nothing of the request was taken; ECONNRESET may come after it was, so only reads are repeated then.
  return request.reusedSocket && (error.code === 'EPIPE' || (error.code === 'ECONNRESET' && idempotent)) ? STALE : error;
}

function poolFor(address: AgentAddress): Agent | undefined {
  if (address.kind === 'tcp') return address.url.protocol === 'https:' ? undefined : new Agent({ keepAlive: true });
  const path = address.path;
  return new (class extends Agent {
    override createConnection() {
      return connectUnix(path);
    }
  })({ keepAlive: true });
}

const UNREACHABLE = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'EACCES',
  'ENOTDIR',
  'ECONNRESET',
  'EPIPE',
  'ENOTSOCK',
  'EPROTOTYPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'EAGAIN',
]);

function explainFailure(error: NodeJS.ErrnoException, target: string): ClientError {
  if (error instanceof ClientError) return error;
  if (error.name === 'AbortError') return new ClientError('CANCELLED', 'given up', { cause: error });
  const code = error.code ?? '';
  if (code === 'EACCES')
    return new ClientError('AGENT_UNREACHABLE', `no right to connect to ${target}: be root or in group tsgov`, { cause: error });
  if (code === 'EPROTO')
    return new ClientError(
      'AGENT_UNREACHABLE',
      `${target} does not speak TLS: write http://, or start that agent with --tls-cert`,
      {
        cause: error,
      },
    );
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return new ClientError(
      'AGENT_UNREACHABLE',
      `the certificate of ${target} is not trusted (${code}): ${error.message}; see --ca`,
      {
        cause: error,
      },
    );
  if (UNREACHABLE.has(code) || error.message === 'socket hang up' || error.message === 'the connection was reset')
    return new ClientError(
      'AGENT_UNREACHABLE',
      `no agent answers at ${target} (${code || error.message}); start one with: tsgov agent`,
      {
        cause: error,
      },
    );
  return new ClientError('INTERNAL', `request to ${target} failed: ${error.message}`, { cause: error });
}
