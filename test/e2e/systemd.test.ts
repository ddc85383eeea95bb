import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { requires } from '#test/support/requires.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const NEEDS = requires({ root: true, binary: 'qemu-system-x86_64', path: '/lib/systemd/systemd' });

/** What test/vm/systemd-proof.sh checks in a guest that systemd boots; the script says each. */
const PARTS = [
  ['with_units', 'the shipped units: containers and limits outlive reloads, restarts and the death of the agent'],
  ['alone', 'one delegated unit: the agent makes room in its own cgroup and writes nothing above it'],
] as const;

describe('tsgov under systemd', { concurrency: true, ...NEEDS }, () => {
  for (const [part, what] of PARTS)
    test(what, async (t) => {
      const command = ['dist/test/vm/main.js', 'systemd-v2', '--', 'bash', 'test/vm/systemd-proof.sh', part];
      const guest = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
      t.after(() => guest.kill());
      let output = '';
      for (const stream of [guest.stdout, guest.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
      const [code] = (await once(guest, 'close')) as [number | null];
      assert.equal(code, 0, output);
      assert.match(output, /^0 failures$/m);
      assert.doesNotMatch(output, /NOT OK/);
    });
});
