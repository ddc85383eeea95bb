import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '#agent/containers/container.js';
import type { NodeContext } from '#agent/containers/context.js';
import { runHooks } from '#agent/containers/hooks.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { eventually } from '#test/support/eventually.js';
import { tempDir } from '#test/support/temp.js';

test('a hook over its time is killed with all that it has started', async (t) => {
  const file = join(tempDir(t), 'pids');
  const warnings: unknown[] = [];
  let expire = (): void => assert.fail('no timeout was set');
  const context = {
    store: { dataDir: () => '/' },
    clock: {
      after: (_ms: number, callback: () => void) => {
        expire = callback;
        return () => undefined;
      },
    },
    events: { emit: (_type: string, _subject: unknown, attributes: unknown) => warnings.push(attributes) },
  } as unknown as NodeContext;
  const script = `sleep 1000 & echo $! $$ >${file}.tmp; mv ${file}.tmp ${file}; wait`;
  const spec = {
    ociVersion: '1.2.0',
    hooks: { poststop: [{ path: '/bin/sh', args: ['sh', '-c', script] }] },
  } as unknown as OciConfig;
  const done = runHooks(context, { id: 'a', subject: () => ({}) } as unknown as Container, spec, 'poststop');
  while (!existsSync(file)) await sleep(5);
  expire();
  await done;
  assert.match(JSON.stringify(warnings), /hooks\.poststop\[0\].*killed by SIGKILL/);
  const child = Number(readFileSync(file, 'utf8').split(' ')[0]);
  const state = (): string | undefined => {
    try {
      return readFileSync(`/proc/${child}/stat`, 'utf8').split(' ')[2];
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  };
  // Whoever adopts it reaps it when it comes to it.
  await eventually(() => [undefined, 'Z'].includes(state()));
});
