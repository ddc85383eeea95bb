import { existsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { compileRules } from '#agent/policy/compile-rules.js';
import { openForReading } from '#agent/store/database/open-database.js';
import { ChunkRows } from '#agent/store/history/chunk-rows.js';
import { readSnapshots } from '#agent/store/history/read-history.js';
import type { ReplayJob, ReplayReply } from './messages.js';
import { replay } from './replay.js';

/** A thread for one replay: an hour of a hundred containers takes seconds of CPU. Started by policy-test.ts. */
function main({ path, policies, query }: ReplayJob): ReplayReply {
  const rules = compileRules(policies.map((policy) => ({ ...policy, enforce: 'enforce' })));
  // Nothing was recorded yet.
  if (!existsSync(path)) return { result: replay([], rules) };
  const db = openForReading(path);
  try {
    return { result: replay(readSnapshots(db, new ChunkRows(db), query), rules) };
  } finally {
    db.close();
  }
}

function answer(): ReplayReply {
  try {
    return main(workerData as ReplayJob);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

parentPort?.postMessage(answer());
