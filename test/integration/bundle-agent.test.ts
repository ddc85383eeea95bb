import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { tempDir } from '#test/support/temp.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

for (const runtime of ['runc', 'crun']) {
  test(
    `a bundle of ${runtime} spec runs under its "deny all": the default devices can be used`,
    requires({ binary: [runtime, 'busybox'] }),
    (t) => {
      const bundle = tempDir(t);
      assert.equal(spawnSync(runtime, ['spec'], { cwd: bundle }).status, 0);
      renameSync(busyboxRootfs(t), join(bundle, 'rootfs'));
      const script = 'echo lost > /dev/null && cat /dev/null && dd if=/dev/urandom bs=2 count=1 2>/dev/null | wc -c';
      const { code, stdout, stderr } = agent.tsgov('run', '--rm', `bundle:${bundle}`, 'sh', '-c', script);
      assert.equal(code, 0, stderr);
      // Both write "terminal": true, whose lines end in \r\n.
      assert.equal(stdout, '2\r\n');
    },
  );
}

test('--privileged: all devices of the node, links in /dev as in every container', () => {
  // The agent's stdin is /dev/null, which is what /dev/stdin then names.
  const out = agent.ok(
    'run',
    '--rm',
    '--privileged',
    'host:',
    'sh',
    '-c',
    'readlink /dev/stdin; grep Seccomp: /proc/self/status',
  );
  assert.match(out, /^\/proc\/self\/fd\/0\nSeccomp:\t0/);
});
