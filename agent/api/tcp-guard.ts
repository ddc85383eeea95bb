import type { IncomingMessage, ServerResponse } from 'node:http';
import { AgentError } from '#agent/contract/errors.js';
import { checkTcpAccess, type TcpAccess } from './access.js';
import { PROBLEM_TYPE, problemOf } from './problems.js';
import type { RateLimit } from './rate-limit.js';

type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface TcpGuard {
  access: TcpAccess;
  rate: RateLimit;
  /** Asks to leave HTTP. */
  isUpgrade: (request: IncomingMessage) => boolean;
}

/** What a request without the right token costs of its address's rate, so that nobody tries many. */
const WRONG_TOKEN_COST = 20;

/** TCP's rules stand before everything else, so that no route can forget them. */
export function guarded(guard: TcpGuard, route: Route): Route {
  return (request, response) => {
    try {
      admit(request, guard);
    } catch (error) {
      refuse(request, response, error);
      return;
    }
    route(request, response);
  };
}

function admit(request: IncomingMessage, { access, rate, isUpgrade }: TcpGuard): void {
  const address = request.socket.remoteAddress ?? '';
  const waitSec = rate.take(address);
  if (waitSec > 0) throw new TooMany(waitSec);
  const { headers } = request;
  if (headers.host === undefined && request.httpVersion === '1.1')
    throw new AgentError('BODY_INVALID', 'HTTP/1.1 needs a Host header', { field: 'Host' });
  try {
    checkTcpAccess(
      {
        method: request.method ?? '',
        path: request.url?.split('?', 1)[0] ?? '',
        host: headers.host,
        authorization: headers.authorization,
        origin: headers.origin,
        fetchSite: oneOf(headers['sec-fetch-site']),
        fetchMode: oneOf(headers['sec-fetch-mode']),
        upgrade: isUpgrade(request),
      },
      access,
    );
  } catch (error) {
    if (error instanceof AgentError && error.code === 'UNAUTHORIZED' && headers.authorization !== undefined)
      rate.take(address, WRONG_TOKEN_COST);
    throw error;
  }
}

class TooMany extends AgentError {
  readonly waitSec: number;

  constructor(waitSec: number) {
    super('TOO_MANY_REQUESTS', 'this address makes too many requests; the unix socket has no such bound');
    this.waitSec = waitSec;
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = problemOf(error);
  response.setHeader('content-type', PROBLEM_TYPE);
  // What of a body is still to come is not waited for.
  response.setHeader('connection', 'close');
  if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer');
  if (error instanceof TooMany) response.setHeader('retry-after', String(Math.ceil(error.waitSec)));
  response.statusCode = problem.status;
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(problem));
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
