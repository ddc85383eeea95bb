import type { PlanLine } from '#agent/contract/container.js';
import type { TapeOp } from '#runtime/tape/ops.js';
import { printOp } from '#runtime/tape/print.js';
import { loadSpec } from './config-file.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';

/**
 * The tape a start would play now, op by op with its origin in config.json. The environment is shown by name: reading a plan is open to
 * more people than its secrets are meant for. Throws what loading and compiling throw.
 */
export function planContainer(context: NodeContext, container: Container): PlanLine[] {
  const spec = loadSpec(context, container);
  const cgroup = { host: context.cgroups, path: container.record.cgroupPath, conditions: [] };
  const tape = context.tapes.launch(spec, container.id, context.store.dataDir(container.id), cgroup);
  return tape.ops.map((op, index) => ({ index, op: op.op, origin: op.origin, text: printOp(withoutSecrets(op)) }));
}

function withoutSecrets(op: TapeOp): TapeOp {
  return 'envp' in op ? { ...op, envp: op.envp.map((entry) => entry.replace(/=.*/s, '=…')) } : op;
}
