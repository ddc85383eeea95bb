import type { Server } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { AgentError } from '#agent/contract/errors.js';

export interface TcpAddress {
  host: string;
  port: number;
}

/** Where `--listen` is not given. The one address on which the agent does without TCP when somebody else has it. */
export const DEFAULT_LISTEN = '127.0.0.1:9477';

/** Reads `--listen`: `HOST:PORT`, `[IPv6]:PORT`, `:PORT` (every address), or `off` (undefined). Throws USAGE. */
export function parseListen(text: string): TcpAddress | undefined {
  if (text === 'off') return undefined;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535)
    throw new AgentError('USAGE', `listen must be HOST:PORT, [IPv6]:PORT or off, not ${JSON.stringify(text)}`, {
      field: 'listen',
    });
  return { host: match[1] ?? (match[2] || '::'), port };
}

/** Only this node reaches it. A name other than localhost may resolve to anything, so it counts as exposed. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Refuses to show the API to a network unprotected. Throws CONFIG_INVALID. */
export function checkExposure(address: TcpAddress, protection: { tls: boolean; token: boolean }): void {
  if (isLoopback(address.host) || (protection.tls && protection.token)) return;
  const lacking = [protection.tls ? [] : ['TLS'], protection.token ? [] : ['a token']].flat().join(' and ');
  throw new AgentError('CONFIG_INVALID', `listen ${address.host}:${address.port} is not loopback, which needs ${lacking}`, {
    field: 'listen',
  });
}

/** Listens; answers the address with the port it got. Rejects with LISTEN_FAILED; `cause.code` says why (EADDRINUSE). */
export function listenTcp(server: Server, address: TcpAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const where = `${address.host}:${address.port}`;
      const why =
        error.code === 'EADDRINUSE' ? 'the port is in use; choose another with --listen, or --listen off' : error.message;
      reject(new AgentError('LISTEN_FAILED', `cannot listen on ${where}: ${why}`, { cause: error, field: 'listen' }));
    };
    server.once('error', fail);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', fail);
      const bound = server.address() as AddressInfo;
      resolve(bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`);
    });
  });
}
