import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { AgentError } from '#agent/contract/errors.js';

export interface TcpAccess {
  /** Bearer token; none: TCP only reads. */
  token: string | undefined;
  /** The listener is not on loopback: reading needs the token too, but for /healthz, /readyz and the pages. */
  exposed: boolean;
  /** Names of this host that a Host header may carry beside addresses and localhost. */
  hostNames: readonly string[];
}

export interface TcpRequest {
  method: string;
  path: string;
  host: string | undefined;
  authorization: string | undefined;
  /** What a browser says about the page that asks; other clients send neither. */
  origin: string | undefined;
  fetchSite: string | undefined;
  fetchMode: string | undefined;
  /** Asks to leave HTTP: a way to act, whatever its method. */
  upgrade: boolean;
}

/** Pages hold nothing of this node: what they show they ask for with the token. */
const OPEN = /^\/(healthz|readyz|docs|page\/[a-z]+\.[a-z]+)?$/;
/**
 * What a GET of sets going: a trace loads a program into the kernel and tells the arguments of everybody's processes. Wherever it
 * stands: the router takes `GET http://host/v1/…` too.
 */
const ACTS = /\/v1\/trace(\/|$)/;

/**
 * What a TCP client may do: read, or everything with the token. Throws FORBIDDEN or UNAUTHORIZED. A Host header with a foreign name is
 * refused, so that a web page whose name was made to point here (DNS rebinding) cannot read through a browser, and so is every
 * request that a page of another origin makes.
 */
export function checkTcpAccess(request: TcpRequest, access: TcpAccess): void {
  if (!access.exposed && !isOwnHost(request.host, access.hostNames))
    throw new AgentError('FORBIDDEN', `Host ${JSON.stringify(request.host)} is not this agent; use an address or localhost`, {
      field: 'Host',
    });
  if (isForeignPage(request))
    throw new AgentError('FORBIDDEN', 'a page of another origin may neither read nor change anything here', { field: 'Origin' });
  const reads = (request.method === 'GET' || request.method === 'HEAD') && !request.upgrade && !ACTS.test(decoded(request.path));
  if (reads && (!access.exposed || OPEN.test(request.path))) return;
  if (access.token === undefined)
    throw new AgentError(
      'FORBIDDEN',
      'over TCP this agent only answers what is read (GET, but for traces): no token is configured; use its unix socket',
    );
  const given = /^bearer +(\S+) *$/i.exec(request.authorization ?? '')?.[1];
  if (given === undefined || !sameText(given, access.token))
    throw new AgentError('UNAUTHORIZED', 'over TCP this needs the header "Authorization: Bearer TOKEN" with the agent\'s token', {
      field: 'Authorization',
    });
}

/**
 * A browser that asks for a page of another origin: by the Origin header, or by fetch metadata where it sends none (images, scripts).
 * Following a link to here is no asking.
 */
function isForeignPage({ origin, fetchSite, fetchMode, host, method }: TcpRequest): boolean {
  if (origin !== undefined) return originHost(origin) !== host?.toLowerCase();
  if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return false;
  return fetchMode !== 'navigate' || method !== 'GET';
}

/** `host:port` of an Origin header as a Host header gives it; undefined: it has none (`null`). */
function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/\s]+)$/i.exec(origin)?.[1]?.toLowerCase();
}

/** As the router takes it. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function isOwnHost(host: string | undefined, names: readonly string[]): boolean {
  // HTTP/1.0 clients send none; browsers always do.
  if (host === undefined) return true;
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return isIP(name) !== 0 || name === 'localhost' || names.some((own) => own.toLowerCase() === name);
}

/** In a time that does not tell how much of it is right. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
