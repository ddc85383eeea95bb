import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ticker } from '#agent/governor/tick.js';
import { tickBlocks } from '#agent/metrics/writers/ticks.js';
import { FakeClock } from '#test/support/fake-clock.js';

test('while a tick is under way each histogram counts what its buckets hold', async () => {
  const clock = new FakeClock(500);
  const ticker = new Ticker({
    periodMs: 1000,
    clock,
    take: () => new Promise(() => undefined),
    onSlow: () => undefined,
    onFault: (error) => assert.fail(String(error)),
  });
  ticker.start();
  clock.advance(0);
  const text = [...tickBlocks({ figures: ticker.figures, openFiles: () => 0 })].map((block) => block.text).join('');
  const all = (name: string) => new RegExp(`^tsgov_agent_${name}_seconds_(?:bucket\\{le="(?:1|\\+Inf)"\\}|count) (\\d+)$`, 'gm');
  const counts = (name: string) => [...text.matchAll(all(name))].map(([, count]) => Number(count));
  assert.deepEqual(counts('event_loop_lag'), [1, 1, 1], 'it has begun');
  assert.deepEqual(counts('tick'), [0, 0, 0], 'it has not ended');
  ticker.stop();
});
