import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A server on loopback that hands out what this URL answers now, compressed once. */
export async function staticServer(url: string): Promise<{ target: string; close: () => void }> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const body = gzipSync(Buffer.from(await answer.arrayBuffer()));
  const headers = { 'content-type': answer.headers.get('content-type') ?? '', 'content-encoding': 'gzip' };
  const server = createServer((_request, response) => response.writeHead(200, headers).end(body));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
