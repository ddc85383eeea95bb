import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';
import { requires } from '#test/support/requires.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { tempDir } from '#test/support/temp.js';

for (const runtime of ['runc', 'crun']) {
  test(
    `a bundle of ${runtime} spec runs under its "deny all": the default devices can be used`,
    requires({ binary: [runtime, 'busybox'] }),
    async (t) => {
      const agent = await AgentBackend.start(t);
      const bundle = tempDir(t);
      assert.equal(spawnSync(runtime, ['spec'], { cwd: bundle }).status, 0);
      renameSync(busyboxRootfs(t), join(bundle, 'rootfs'));
      const script = 'echo lost > /dev/null && cat /dev/null && dd if=/dev/urandom bs=2 count=1 2>/dev/null | wc -c';
      const id = await agent.run(script, { image: `bundle:${bundle}` });
      const code = await agent.exit(id);
      // Both write "terminal": true, whose lines end in \r\n.
      assert.deepEqual([code, await agent.output(id)], [0, '2\r\n']);
    },
  );
}

test('--privileged: all devices of the node, links in /dev as in every container', async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('readlink /dev/stdin; grep Seccomp: /proc/self/status; test -e /dev/kmsg', { privileged: true });
  assert.equal(await agent.exit(id), 0);
  assert.match(await agent.output(id), /^\/proc\/self\/fd\/0\nSeccomp:\t0/);
});
