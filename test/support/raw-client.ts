import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Launched } from './shim-host.js';
import type { Teardown } from './temp.js';

/** A connection to the shim's socket that says nothing by itself, closed when the test ends. */
export function rawClient(t: Teardown, run: Launched): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(run.stateDir, 'shim.sock'));
    t.after(() => void socket.destroy());
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Resolves when the shim has closed the connection. */
export function dropped(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
  });
}
