import { parentPort, workerData } from 'node:worker_threads';
import { HistoryFile } from '#agent/store/history/history-file.js';
import { JournalFile } from './journal-file.js';
import type { Questions, Reply, Request, WorkerOptions } from './messages.js';

type Answers = {
  [Kind in keyof Questions]: (asked: Questions[Kind]['asked'], nowMs: number) => Questions[Kind]['answer'];
};

/** The thread that has the databases: a commit waits for the disk, and the agent does not. Started by journal-thread.ts. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('this is a worker of the agent, not a program');
  const say = (reply: Reply): void => port.postMessage(reply);
  const warn = (operation: string, message: string): void => say({ kind: 'warning', operation, message });
  const options = workerData as WorkerOptions;
  const journal = new JournalFile({ ...options.journal, warn });
  const history = new HistoryFile({ ...options.history, warn });
  const answers: Answers = {
    write: (batch, nowMs) => {
      journal.write(batch, nowMs);
      return null;
    },
    journal: (query, nowMs) => journal.journal(query, nowMs),
    deaths: (query, nowMs) => journal.deaths(query, nowMs),
    tail: ({ path, from, left }, nowMs) => history.appendTail(path, from, left, nowMs),
    history: (query, nowMs) => history.read(query, nowMs) ?? null,
    moment: (atMs, nowMs) => history.moment(atMs, nowMs) ?? null,
    close: () => {
      port.close();
      history.close();
      journal.close();
      return null;
    },
  };
  port.on('message', ({ kind, id, nowMs, asked }: Request) => {
    try {
      const answer = (answers[kind] as Answers[keyof Questions])(asked as never, nowMs);
      say({ kind: 'answer', id, answer });
    } catch (error) {
      say({ kind: 'failure', id, ...described(error) });
    }
    if (kind === 'write' || kind === 'tail') tidy('journal', () => journal.maintain(nowMs));
    if (kind === 'tail') tidy('history', () => history.maintain(nowMs));
  });

  const failing = new Set<string>();
  /** What cannot be tidied now is tidied later; told once. */
  const tidy = (what: string, work: () => void): void => {
    try {
      work();
      failing.delete(what);
    } catch (error) {
      if (!failing.has(what)) warn(`tidy the ${what}`, described(error).message);
      failing.add(what);
    }
  };
}

function described(error: unknown): { code: string; message: string } {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: String(code ?? ''), message: message || String(error) };
}

main();
