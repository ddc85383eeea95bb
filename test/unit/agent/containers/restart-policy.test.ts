import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type EndedRun,
  formatRestartPolicy,
  parseRestartPolicy,
  restartDelayMs,
  startsWithAgent,
} from '#agent/containers/restart-policy.js';

const ended = (over: Partial<EndedRun> = {}): EndedRun => ({
  exitCode: 1,
  ranMs: 50,
  stopped: false,
  restartCount: 0,
  lastDelayMs: undefined,
  ...over,
});
const delay = (policy: string, over?: Partial<EndedRun>) => restartDelayMs(parseRestartPolicy(policy), ended(over));

for (const text of ['no', 'always', 'unless-stopped', 'on-failure', 'on-failure:3'])
  test(`${text} is read and written`, () => assert.equal(formatRestartPolicy(parseRestartPolicy(text)), text));

for (const text of ['sometimes', 'always:3', 'on-failure:', 'on-failure:-1', 'on-failure:1.5', 'on-failure:1:2', 'No'])
  test(`${JSON.stringify(text)} is refused`, () =>
    assert.throws(() => parseRestartPolicy(text), { code: 'BODY_INVALID', field: 'restart' }));

test('who is restarted', () => {
  assert.equal(delay('no'), undefined);
  assert.equal(delay('always', { exitCode: 0 }), 100);
  assert.equal(delay('unless-stopped', { exitCode: 0 }), 100);
  assert.equal(delay('on-failure', { exitCode: 0 }), undefined);
  assert.equal(delay('on-failure'), 100);
  for (const policy of ['always', 'unless-stopped', 'on-failure']) assert.equal(delay(policy, { stopped: true }), undefined);
});

test('on-failure:N gives up after N restarts', () => {
  assert.equal(delay('on-failure:2', { restartCount: 1 }), 100);
  assert.equal(delay('on-failure:2', { restartCount: 2 }), undefined);
});

test('the delay doubles up to a minute and is forgotten after a run of 10 s', () => {
  const delays: number[] = [];
  for (let last: number | undefined; delays.length < 12; ) {
    last = delay('always', { lastDelayMs: last });
    delays.push(last ?? -1);
  }
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  assert.equal(delay('always', { lastDelayMs: 60_000, ranMs: 9_999 }), 60_000);
  assert.equal(delay('always', { lastDelayMs: 60_000, ranMs: 10_000 }), 100);
});

test('when the agent comes up: always even if stopped, the others unless stopped', () => {
  const starts = (policy: string, over?: Partial<EndedRun>) => startsWithAgent(parseRestartPolicy(policy), ended(over));
  assert.equal(starts('always', { stopped: true }), true);
  assert.equal(starts('unless-stopped', { stopped: true }), false);
  assert.equal(starts('unless-stopped'), true);
  assert.equal(starts('on-failure', { exitCode: 0 }), false);
  assert.equal(starts('on-failure'), true);
  assert.equal(starts('on-failure:1', { restartCount: 1 }), false);
  assert.equal(starts('no'), false);
});
