import { type Static, Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import type { UsageQuery } from '#agent/contract/usage.js';
import { SIGNALS } from '#agent/policy/signals.js';
import { runtimesOf } from './container-filter.js';
import { Words, wordsOf } from './query.js';

/** What of the node's containers is wanted, as the query of `/v1/stats` and of its stream. */
export const UsageWords = {
  runtime: Type.Optional(Words),
  network: Type.Optional(Words),
  signals: Type.Optional(Words),
};

const Asked = Type.Object(UsageWords);

/** Throws BODY_INVALID for a runtime or signal that is none. */
export function usageQuery({ runtime, network, signals }: Static<typeof Asked>): UsageQuery {
  const ids = wordsOf(network);
  return {
    runtimes: runtimesOf(runtime),
    network: ids.includes('all') ? 'all' : ids,
    ...(signals === undefined ? {} : { signals: known(wordsOf(signals)) }),
  };
}

function known(signals: readonly string[]): readonly string[] {
  const wrong = signals.find((name) => SIGNALS[name]?.scope !== 'container');
  if (wrong === undefined) return signals;
  throw new AgentError('BODY_INVALID', `signals must be of a container (docs/rules.md), not ${JSON.stringify(wrong)}`, {
    field: 'signals',
  });
}
