import { closeSync, constants, openSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { ClientError } from '#agent/contract/client-error.js';

/** Where an agent listens. */
export type AgentAddress = { kind: 'unix'; path: string } | { kind: 'tcp'; url: URL };

/** Bytes of a path that fit in sockaddr_un.sun_path with its NUL, unix(7). */
const SUN_PATH_BYTES = 107;
/** O_PATH of open(2); node:fs does not name it. The value is the same on x86-64, arm64 and riscv64. */
const O_PATH = 0o10000000;

/**
 * Reads `--host`: `unix:///run/tsgov/tsgov.sock`, `unix:/run/…`, an absolute path, `http://host:port`, `https://host:port` or `host:port`.
 * Throws ClientError USAGE on anything else.
 */
export function parseAddress(host: string): AgentAddress {
  if (host.startsWith('unix://')) return unixAddress(host.slice('unix://'.length), host);
  if (host.startsWith('unix:/')) return unixAddress(host.slice('unix:'.length), host);
  if (host.startsWith('/')) return unixAddress(host, host);
  const text = /^https?:\/\//.test(host) ? host : host.replace(/^tcp:\/\//, '').replace(/^/, 'http://');
  try {
    const url = new URL(text);
    if (url.hostname !== '' && (url.pathname === '/' || url.pathname === '')) return { kind: 'tcp', url };
  } catch {
    // Not a URL: reported below like a URL with a path.
  }
  throw new ClientError('USAGE', `host ${JSON.stringify(host)} is no address; write unix:///path, /path or http://host:port`, {
    field: 'host',
  });
}

/**
 * Connects to a unix socket, also where its path is longer than sun_path: then through /proc/self/fd of its directory. The
 * descriptor is closed as soon as the connection is made or has failed.
 */
export function connectUnix(path: string): Socket {
  if (Buffer.byteLength(path) <= SUN_PATH_BYTES) return connectSocket({ path });
  let directory: number;
  try {
    directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  } catch {
    // No directory, so nobody listens there: the caller hears it as a connection that failed with ENOENT.
    return connectSocket({ path: '/proc/self/fd/-1/absent' });
  }
  const socket = connectSocket({ path: `/proc/self/fd/${directory}/${basename(path)}` });
  let open = true;
  const release = () => {
    if (open) closeSync(directory);
    open = false;
  };
  return socket.once('connect', release).once('close', release);
}

function unixAddress(path: string, host: string): AgentAddress {
  if (path.startsWith('/')) return { kind: 'unix', path };
  throw new ClientError('USAGE', `host ${JSON.stringify(host)}: the socket path must be absolute`, { field: 'host' });
}
