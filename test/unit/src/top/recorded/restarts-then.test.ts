import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeathPage } from '#agent/contract/journal.js';
import { restartsThen } from '#src/top/recorded/restarts-then.js';

const death = (id: string, finishedAt: string, restartCount: number, restarts: boolean): DeathPage['deaths'][number] => ({
  id: restartCount,
  container: { id, name: id, image: '', runtime: 'tsgov' },
  startedAt: null,
  finishedAt,
  exitCode: 1,
  signal: null,
  oomKilled: false,
  oom: null,
  cgroup: '',
  error: null,
  restartCount,
  restarts,
  lastSample: null,
});
const DEATHS = [
  death('a', '2026-11-21T10:00:09Z', 2, false),
  death('a', '2026-11-21T10:00:05.5Z', 1, true),
  death('b', '2026-11-21T10:00:04Z', 7, true),
  death('a', '2026-11-21T10:00:03Z', 0, true),
];
const at = (second: number): string => `2026-11-21T10:00:0${second}.000Z`;
const a = { id: 'a', runtime: 'tsgov' };

test('the last end before tells how often it had been started again; a start by hand begins anew', () => {
  const page = { deaths: DEATHS, next: null };
  assert.deepEqual(
    [1, 3, 5, 6, 9].map((second) => restartsThen(page, a, at(second))),
    [0, 1, 1, 2, 0],
  );
  assert.equal(restartsThen(page, { id: 'b', runtime: 'tsgov' }, at(5)), 8);
});

test('what older ends would tell is not guessed, nor what another runtime does', () => {
  assert.equal(restartsThen({ deaths: DEATHS, next: '1' }, a, at(1)), undefined);
  assert.equal(restartsThen({ deaths: DEATHS, next: '1' }, a, at(6)), 2);
  assert.equal(restartsThen({ deaths: [], next: null }, { id: 'c', runtime: 'docker' }, at(6)), undefined);
});
