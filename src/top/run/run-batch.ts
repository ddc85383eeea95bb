import { ClientError } from '#agent/contract/client-error.js';
import type { FdWriter } from '#src/cli/output/fd-writer.js';
import { batchText } from '#src/top/batch-text.js';
import { reduce } from '#src/top/reduce.js';
import type { TopSource } from '#src/top/source.js';
import type { TopState } from '#src/top/state.js';

export interface BatchOptions {
  initial: TopState;
  source: TopSource;
  out: FdWriter;
  iterations: number;
  /** Overviews that come before the first that is printed: the first live one has no rates. */
  skip: number;
  format: 'text' | 'json';
}

/**
 * Prints overviews as they come: as text, all rows, or as JSON, a document a line `{time, node, containers}`. Rejects with AGENT_UNREACHABLE
 * when nobody answers.
 */
export async function runBatch({ initial, source, out, iterations, skip, format }: BatchOptions): Promise<number> {
  let state = initial;
  let seen = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      out.once('gone', resolve);
      source.want({ network: 'all', paused: false });
      source.start((input) => {
        state = reduce(state, input).state;
        if (input.kind === 'connection' && input.connection.kind === 'lost')
          return reject(new ClientError('AGENT_UNREACHABLE', input.connection.reason));
        if (input.kind !== 'overview' || seen >= skip + iterations) return;
        seen += 1;
        if (seen <= skip) return;
        out.write(format === 'json' ? documentOf(state) : batchText(state));
        if (seen === skip + iterations) resolve();
      });
    });
    await out.flushed();
    return 0;
  } finally {
    source.close();
  }
}

function documentOf({ atMs, node, overview, rows }: TopState): string {
  const containers = overview.order.map((id) => rows.get(id));
  return `${JSON.stringify({ time: new Date(atMs ?? 0).toISOString(), node, containers })}\n`;
}
