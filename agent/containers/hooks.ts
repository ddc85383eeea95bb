import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { OciConfig, OciHook } from '#runtime/spec/oci.js';
import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';

/** A hook without a timeout of its own must not hold the container's queue for ever. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Runs the hooks that come after the container's life is known, one after the other, with its state on stdin; the tape runs all
 * others. One that fails is a warning and the next runs (runtime-spec runtime.md "Lifecycle", steps 9 and 13).
 */
export async function runHooks(
  context: NodeContext,
  container: Container,
  spec: OciConfig,
  kind: 'poststart' | 'poststop',
): Promise<void> {
  const state = JSON.stringify({
    ociVersion: spec.ociVersion,
    id: container.id,
    status: kind === 'poststart' ? 'running' : 'stopped',
    ...(kind === 'poststart' && container.run?.process.pid !== undefined ? { pid: container.run.process.pid } : {}),
    bundle: context.store.dataDir(container.id),
    annotations: spec.annotations ?? {},
  });
  for (const [index, hook] of (spec.hooks?.[kind] ?? []).entries()) {
    try {
      await runHook(context, hook, state);
    } catch (error) {
      reportFault(context, container, `hooks.${kind}[${index}]`, error);
    }
  }
}

async function runHook(context: NodeContext, hook: OciHook, state: string): Promise<void> {
  const env = Object.fromEntries(
    (hook.env ?? []).map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const child = spawn(hook.path, (hook.args ?? [hook.path]).slice(1), {
    argv0: hook.args?.[0] ?? hook.path,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  // A hook that does not read its stdin is in its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(state);
  const cancel = context.clock.after(hook.timeout === undefined ? DEFAULT_TIMEOUT_MS : hook.timeout * 1000, () =>
    killGroup(child.pid),
  );
  try {
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`${hook.path}: ${signal === null ? `exit status ${code}` : `killed by ${signal}`}`);
  } finally {
    cancel();
  }
}

/** With all that it has started: it leads a process group. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
