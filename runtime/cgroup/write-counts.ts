import type { WriteOnce } from './write-once.js';

/** How many writes of limits were made since the host was opened, by what the kernel said. */
export interface WriteCounts {
  done: number;
  refused: number;
  /** Not done by the deadline. */
  givenUp: number;
}

export function newWriteCounts(): WriteCounts {
  return { done: 0, refused: 0, givenUp: 0 };
}

/** The same writer, whose writes are counted. */
export function countedWriter(writer: WriteOnce, counts: WriteCounts | undefined): WriteOnce {
  if (counts === undefined) return writer;
  return async (request) => {
    const answer = await writer(request);
    counts[answer === 0 ? 'done' : typeof answer === 'number' ? 'refused' : 'givenUp'] += 1;
    return answer;
  };
}
