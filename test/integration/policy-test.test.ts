import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { PolicyTest } from '#agent/contract/policy-test.js';
import { HistoryFile } from '#agent/store/history/history-file.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { segmentsOf } from '#test/support/record-history.js';
import { requires } from '#test/support/requires.js';
import { containerSnapshot, snapshotAt } from '#test/support/snapshots.js';

const ROOT = requires({ root: true });
const agent = new LiveAgent();
/** On a second, five minutes ago. */
const START_MS = Math.floor(Date.now() / 1000) * 1000 - 300_000;
/** Of what it uses, in whole pages. */
const TENTH = Math.floor((1 << 28) / 10 / 4096) * 4096;
/** What the agent itself records comes later. */
const UNTIL = ['--until', new Date(START_MS + 200_000).toISOString()];

before(async () => {
  if (ROOT.skip !== undefined) return;
  record();
  await agent.startAgent();
});
after(() => (ROOT.skip === undefined ? agent.stop() : undefined));

/** Two minutes of two containers, one of which leaks from the first minute's end on. */
function record(): void {
  mkdirSync(agent.root, { recursive: true, mode: 0o711 });
  const path = join(agent.root, 'history.db');
  const file = new HistoryFile({
    path,
    retention: { maxAgeMs: 1e12, maxBytes: 1e9 },
    warn: (_what, message) => assert.fail(message),
  });
  const ticks = Array.from({ length: 120 }, (_, second) =>
    snapshotAt(START_MS + second * 1000, [
      containerSnapshot('a', {
        name: 'leaks',
        signals: { 'memory.some.avg10': second < 60 ? 0 : 45, 'memory.current': 1 << 28 },
        memory: { currentBytes: 1 << 28 },
      }),
      containerSnapshot('b', { name: 'calm', signals: { 'memory.some.avg10': 0 }, memory: { currentBytes: 1 << 28 } }),
    ]),
  );
  for (const segments of segmentsOf(ticks)) file.append(segments, START_MS);
  file.close();
}

function policyFile(rules: string): string {
  const path = join(agent.dir, 'policy.yaml');
  writeFileSync(
    path,
    `apiVersion: tsgov/v1
kind: Policy
metadata: {name: back-off}
spec:
  match: {name: ["leaks", "calm"]}
  rules: ${rules}
`,
  );
  return path;
}

const LADDER = `
    - name: ladder
      when: {signal: memory.some.avg10, above: 20, for: 10s}
      do: [{reclaim: 10%}, {freeze: {for: 30s}}]
      cooldown: 10m`;

test('policy test --replay prints what a rule would have done, when, and on what values; nothing is changed', ROOT, () => {
  const path = policyFile(LADDER);
  const result = JSON.parse(agent.ok('policy', 'test', path, '--replay', '--format', 'json', ...UNTIL)) as PolicyTest;
  assert.deepEqual([result.ticks, result.rules, result.missing], [120, 1, []]);
  const [first] = result.acts;
  assert.deepEqual([first?.container.name, first?.action, first?.detail], ['leaks', 'reclaim', { bytes: TENTH }]);
  assert.equal(first?.time, new Date(START_MS + 70_000).toISOString());
  assert.ok(result.acts.every(({ container }) => container.name === 'leaks'));
  assert.ok(result.acts.some(({ action }) => action === 'freeze'));
  const text = agent.ok('policy', 'test', path, '--replay', ...UNTIL);
  assert.match(text, /^120 ticks from .*, 1 rule\n/);
  assert.match(text, /Z leaks: reclaim bytes 25\.\d+MiB \(back-off\/ladder\)\n .*memory\.some\.avg10 45/);
  assert.equal(agent.ok('policy', 'ls', '-q'), '', 'the policy was not put');
  assert.equal(agent.ok('journal', '-q'), '', 'nothing was done');
});

test('Time and container narrow what is replayed', ROOT, () => {
  const path = policyFile(LADDER);
  const run = (...args: string[]): PolicyTest =>
    JSON.parse(agent.ok('policy', 'test', path, '--replay', '--format', 'json', ...args)) as PolicyTest;
  assert.deepEqual(run('--container', 'calm').acts, []);
  assert.equal(run('--container', 'leaks').acts[0]?.container.name, 'leaks');
  const until = new Date(START_MS + 65_000).toISOString();
  assert.deepEqual([run('--until', until).ticks, run('--until', until).acts], [65, []]);
  const never = ['--since', '2h', '--until', '1h'];
  assert.equal(agent.ok('policy', 'test', path, '--replay', ...never), 'nothing was recorded in that time');
});

test('A policy in force is tested by its name; a wrong file and no --replay are told', ROOT, () => {
  const path = policyFile(LADDER);
  agent.ok('policy', 'apply', path);
  assert.match(agent.ok('policy', 'test', 'back-off', '--replay'), /leaks: reclaim/);
  const wrong = agent.tsgov('policy', 'test', policyFile('[{name: x, when: {signal: memory.most}}]'), '--replay');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /policy\.yaml:6:\d+: spec\.rules\[0\]/);
  const without = agent.tsgov('policy', 'test', path);
  assert.deepEqual([without.code, without.stderr.includes('--replay')], [2, true]);
  assert.equal(agent.tsgov('policy', 'test', 'nobody', '--replay').code, 1);
  assert.ok(readFileSync(path, 'utf8').includes('memory.most'));
});
