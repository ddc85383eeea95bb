import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { adopt } from '#runtime/container/adopt.js';
import type { RuntimeHost } from '#runtime/container/host.js';
import { tempDir } from '#test/support/temp.js';

/** Listens, and never gets to accept anybody. */
const LISTENER = `
  require('node:net').createServer().listen(process.argv[1], () => {
    require('node:fs').writeSync(1, 'listens');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

test('a monitor that ends while it is connected to is gone, not a fault', async (t) => {
  const stateDir = tempDir(t);
  const listener = spawn(process.execPath, ['-e', LISTENER, join(stateDir, 'shim.sock')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid = 0 } = listener;
  t.after(() => listener.kill('SIGKILL'));
  await once(listener.stdout, 'data');
  const adopting = adopt(stateDir, { procRoot: '/proc' } as RuntimeHost);
  // Before the event loop learns that the kernel took the connection.
  listener.kill('SIGKILL');
  while (!readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z '))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  assert.deepEqual(await adopting, { kind: 'lost', record: { lost: true, init: undefined } });
});
