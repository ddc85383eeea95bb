import type { Condition } from '#agent/contract/container.js';
import { errnoName } from '#native/kernel-error.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import type { Run } from './run.js';

const TYPE = 'LogIncomplete';

/**
 * Tells of output the shim could not write to a run's log: a condition with the sum, and a `warning` event at the first loss and each
 * time the sum has doubled since.
 */
export function watchLogLoss(context: NodeContext, container: Container, run: Run): void {
  let told = 0n;
  const tell = (bytes: bigint, errno: number): void => {
    const condition = lossCondition(bytes, errno, context.store.logPath(container.id));
    const { record } = container;
    record.conditions = [...record.conditions.filter(({ type }) => type !== TYPE), condition];
    container.unsaved = true;
    if (bytes < told * 2n) return;
    told = bytes;
    context.events.emit('warning', container.subject(), {
      operation: 'write log',
      message: condition.message,
      lostBytes: Number(bytes),
    });
  };
  const { logLoss } = run.process;
  if (logLoss !== undefined) tell(logLoss.bytes, logLoss.errno);
  run.process.on('logLost', tell);
}

function lossCondition(bytes: bigint, errno: number, path: string): Condition {
  const reason = errnoName(errno);
  const message = `${bytes} bytes of its output could not be written to ${path} (${reason}${remedy(reason)}): the log is incomplete, and has a line where output is missing once it can be written again`;
  return { type: TYPE, reason, message };
}

function remedy(errno: string): string {
  return errno === 'ENOSPC' || errno === 'EDQUOT' ? ', free space there' : '';
}
