import { parentPort, workerData } from 'node:worker_threads';
import { JournalFile } from './journal-file.js';
import type { Questions, Reply, Request, WorkerOptions } from './messages.js';

/** The thread that has the databases: a commit waits for the disk, and the agent does not. Started by journal-thread.ts. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this is a worker of the agent, not a program');
  const { path, retention } = workerData as WorkerOptions;
  const say = (reply: Reply): void => port.postMessage(reply);
  const file = new JournalFile({ path, retention, warn: (operation, message) => say({ kind: 'warning', operation, message }) });
  const answers: { [Kind in keyof Questions]: (asked: Questions[Kind]['asked'], nowMs: number) => Questions[Kind]['answer'] } = {
    write: (batch, nowMs) => {
      file.write(batch, nowMs);
      return null;
    },
    journal: (query, nowMs) => file.journal(query, nowMs),
    deaths: (query, nowMs) => file.deaths(query, nowMs),
    close: () => {
      port.close();
      file.close();
      return null;
    },
  };
  port.on('message', ({ kind, id, nowMs, asked }: Request) => {
    try {
      const answer = (answers[kind] as (asked: Request['asked'], nowMs: number) => Questions[keyof Questions]['answer'])(
        asked,
        nowMs,
      );
      say({ kind: 'answer', id, answer });
    } catch (error) {
      say({ kind: 'failure', id, ...described(error) });
    }
    if (kind === 'write') pruneAfter(nowMs);
  });

  const pruneAfter = (nowMs: number): void => {
    try {
      file.prune(nowMs);
    } catch (error) {
      say({ kind: 'warning', operation: 'prune the journal', message: described(error).message });
    }
  };
}

function described(error: unknown): { code: string; message: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: String(code ?? ''), message: message || String(error) };
}

main();
