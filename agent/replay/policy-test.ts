import { Worker } from 'node:worker_threads';
import { AgentError } from '#agent/contract/errors.js';
import type { PolicyTest, PolicyTestBackend } from '#agent/contract/policy-test.js';
import type { PolicyStore } from '#agent/policy/store.js';
import type { ReplayJob, ReplayReply } from './messages.js';

export interface PolicyTestOptions {
  store: Pick<PolicyStore, 'parse' | 'with'>;
  /** history.db. */
  path: string;
  /** worker.js of this folder, built. */
  workerUrl: URL;
  /** Brings to the disk what is still in memory. */
  handOn: () => Promise<void>;
}

const DEADLINE_MS = 120_000;
/** Megabytes of heap: a minute of snapshots at a time, and what the rules remember. */
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

/** Replays what was recorded through the rules of a policy file, one file at a time, each in a thread of its own. Changes nothing. */
export function policyTester(options: PolicyTestOptions): PolicyTestBackend {
  let before: Promise<unknown> = Promise.resolve();
  return {
    test: async (text, file, query): Promise<PolicyTest> => {
      const { policies: parsed, issues } = options.store.parse(text, file);
      const names = new Set(parsed.map(({ name }) => name));
      const policies = options.store
        .with(parsed)
        .filter(({ name }) => names.has(name))
        .map(({ name, priority, spec }) => ({ name, priority, spec }));
      if (issues.length > 0) return { issues, rules: 0, from: null, to: null, ticks: 0, missing: [], acts: [], more: 0 };
      await options.handOn();
      const run = before.then(() => replayed(options.workerUrl, { path: options.path, policies, query }));
      // Whoever asked for that one is told of its failure.
      before = run.catch(() => undefined);
      return { issues, ...(await run) };
    },
  };
}

function replayed(workerUrl: URL, job: ReplayJob): Promise<Omit<PolicyTest, 'issues'>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerUrl, { workerData: job, resourceLimits: HEAP, execArgv: [], name: 'tsgov-replay' });
    worker.unref();
    const timer = setTimeout(() => {
      reject(
        new AgentError('DEADLINE', `the replay did not end within ${DEADLINE_MS / 1000} s: take less time, or one container`),
      );
      void worker.terminate();
    }, DEADLINE_MS);
    timer.unref();
    worker.once('message', (reply: ReplayReply) => {
      if ('result' in reply) resolve(reply.result);
      else reject(new AgentError('INTERNAL', `cannot replay the history: ${reply.error}`));
    });
    worker.once('error', (error) => reject(new AgentError('INTERNAL', `the replay failed: ${error.message}`, { cause: error })));
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new AgentError('INTERNAL', 'the replay ended without an answer'));
    });
  });
}
