import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DeathView, JournalEntry } from '#agent/contract/journal.js';
import { directories } from '#runtime/cgroup/cgroup-set.js';
import { removeCgroupTrees } from '#test/support/cgroup-trees.js';
import { handMade } from '#test/support/hand-made.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';

const policy = (max: string): string => `apiVersion: tsgov/v1
kind: Policy
metadata: {name: batch}
spec:
  match: {name: ["by-policy"]}
  limits: {pids: {max: ${max}}}
`;

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent?.stop());

const ROOT = { root: true } as const;

function journal(...args: string[]): JournalEntry[] {
  return JSON.parse(agent.ok('journal', '--format', 'json', ...args)) as JournalEntry[];
}

function deaths(...args: string[]): DeathView[] {
  return JSON.parse(agent.ok('deaths', '--format', 'json', ...args)) as DeathView[];
}

/** What of an entry a test compares. */
function told({ actor, action, field, before, after, result, error }: JournalEntry) {
  return { actor, action, field, before, after, result, error };
}

test('Each act of a person is a row with what was before and after, refusals too', requires(ROOT), () => {
  agent.ok('run', '-d', '--name', 'acts', 'host:', 'sleep', '1000');
  agent.ok('limit', '--pids-limit', '50', 'acts');
  agent.ok('limit', '--pids-limit', '60', 'acts');
  agent.ok('freeze', 'acts');
  assert.notEqual(agent.tsgov('freeze', 'acts').code, 0);
  agent.ok('thaw', 'acts');
  agent.ok('kill', '--signal', 'USR1', 'acts');
  agent.ok('restart', '--time', '0', 'acts');
  agent.ok('stop', '--time', '0', 'acts');
  agent.ok('rm', 'acts');
  const done = { actor: 'user', result: 'done', error: null };
  const none = { field: null, before: null, after: null };
  const state = { field: 'state' };
  const rows = journal('--container', 'acts').map(told);
  assert.deepEqual(rows, [
    { ...done, action: 'limit', field: 'pids.max', before: null, after: 50 },
    { ...done, action: 'limit', field: 'pids.max', before: 50, after: 60 },
    { ...done, ...state, action: 'freeze', before: 'thawed', after: 'frozen' },
    {
      ...done,
      ...state,
      action: 'freeze',
      before: null,
      after: null,
      result: 'refused',
      error: 'STATE_CONFLICT: acts is frozen already',
    },
    { ...done, ...state, action: 'thaw', before: 'frozen', after: 'thawed' },
    { ...done, ...none, action: 'kill' },
    { ...done, ...none, action: 'restart' },
    { ...done, ...none, action: 'stop' },
    { ...done, ...none, action: 'remove' },
  ]);
  const [first] = journal('--container', 'acts', '--action', 'limit');
  assert.equal(first?.values.uid, 0);
  assert.ok(Number(first?.values.pid) > 1);
  assert.match(first?.undo ?? '', /tsgov limit --clear acts/);
});

test('What a policy sets and gives back is a row each, and its coming, change and going', requires(ROOT), () => {
  agent.ok('run', '-d', '--name', 'by-policy', 'host:', 'sleep', '1000');
  const file = join(agent.dir, 'batch.yaml');
  for (const max of ['70', '80']) {
    writeFileSync(file, policy(max));
    agent.ok('policy', 'apply', '-f', file);
  }
  writeFileSync(file, policy('many'));
  assert.notEqual(agent.tsgov('policy', 'apply', file).code, 0);
  agent.ok('policy', 'rm', 'batch');
  const rows = journal('--policy', 'batch');
  const limits = rows.filter(({ action }) => action === 'limit').map(told);
  const common = { actor: 'policy/batch', action: 'limit', field: 'pids.max', result: 'done', error: null };
  assert.deepEqual(limits, [
    { ...common, before: null, after: 70 },
    { ...common, before: 70, after: 80 },
    { ...common, before: 80, after: null },
  ]);
  const own = rows.filter(({ action }) => action !== 'limit');
  assert.deepEqual(
    own.map(({ actor, action, before, after, result }) => ({ actor, action, before, after, result })),
    [
      { actor: 'user', action: 'policy-put', before: null, after: policy('70'), result: 'done' },
      { actor: 'user', action: 'policy-put', before: policy('70'), after: policy('80'), result: 'done' },
      { actor: 'user', action: 'policy-rm', before: policy('80'), after: null, result: 'done' },
    ],
  );
  agent.ok('rm', '-f', 'by-policy');
});

test('A death is told with its signal, a last sample and its restarts, and outlives the container', requires(ROOT), async () => {
  agent.ok('run', '-d', '--name', 'fails', '--restart', 'on-failure:1', 'host:', 'sh', '-c', 'exit 7');
  const two = await agent.until('both ends are told', () => {
    const ends = deaths('--container', 'fails');
    return ends.length === 2 && ends;
  });
  assert.deepEqual(
    two.map(({ exitCode, signal, restartCount, restarts }) => ({ exitCode, signal, restartCount, restarts })),
    [
      { exitCode: 7, signal: null, restartCount: 0, restarts: true },
      { exitCode: 7, signal: null, restartCount: 1, restarts: false },
    ],
  );
  agent.ok('run', '--rm', '--name', 'killed', 'host:', 'true');
  agent.ok('run', '-d', '--name', 'killed', 'host:', 'sleep', '1000');
  agent.ok('rm', '-f', 'killed', 'fails');
  const killed = await agent.until('its end is told', () => deaths('--container', 'killed')[1]);
  assert.deepEqual([killed.exitCode, killed.signal, killed.oomKilled], [137, 'SIGKILL', false]);
  assert.ok((killed.lastSample?.cpu.usageUsec ?? 0) > 0, JSON.stringify(killed.lastSample));
  assert.equal(journal('--container', 'fails', '--action', 'restart')[0]?.actor, 'agent');
  assert.match(agent.ok('deaths'), /killed +137 +SIGKILL/);
});

test('An OOM kill is told with its victim and whose limit was reached', requires({ ...ROOT, controller: 'memory' }), async () => {
  agent.ok('run', '-d', '--name', 'hog', '--memory', '16m', '--memory-swap', '16m', 'host:', 'sh', '-c', 'tail /dev/zero');
  const death = await agent.until('it is killed', () => deaths('--container', 'hog')[0], 60_000);
  assert.equal(death.oomKilled, true);
  assert.equal(death.oom?.victim?.comm, 'tail');
  assert.ok(death.cgroup.startsWith(agent.cgroupParent));
  assert.equal(death.oom?.level, death.cgroup);
  agent.ok('rm', 'hog');
});

test("Somebody else's container that is gone leaves a record, too", requires(ROOT), async () => {
  const id = 'f0'.repeat(32);
  const parent = `/tsgov-test-${process.pid}-journal`;
  const path = `${parent}/libpod-${id}`;
  const dirs = directories(handMade(path)).map(({ dir }) => dir);
  const sleeper = spawn('sleep', ['1000']);
  const ended = once(sleeper, 'exit');
  try {
    for (const dir of dirs) writeFileSync(join(dir, 'cgroup.procs'), String(sleeper.pid));
    await agent.until('it is seen', () => agent.ok('ps', '-a', '--all-runtimes', '--no-trunc').includes(id));
  } finally {
    sleeper.kill('SIGKILL');
    await ended;
    for (const dir of dirs) rmdirSync(dir);
    removeCgroupTrees(parent);
  }
  const death = await agent.until('its end is told', () => deaths('--container', id)[0]);
  assert.deepEqual(
    { runtime: death.container.runtime, exitCode: death.exitCode, cgroup: death.cgroup },
    { runtime: 'podman', exitCode: null, cgroup: path },
  );
});

test('What a container used is asked for while it runs and when it is gone', requires(ROOT), async () => {
  agent.ok('run', '-d', '--name', 'used', 'host:', 'sh', '-c', 'while :; do :; done');
  const read = async (): Promise<{ status: number; fields: Record<string, (number | null)[]>; times: string[] }> => {
    const { status, body } = await agent.api('GET', '/v1/containers/used/history?from=1m');
    return { fields: {}, times: [], ...(body as object), status };
  };
  const busy = (values: (number | null)[] | undefined): boolean => (values ?? []).some((value) => (value ?? 0) > 0.01);
  const live = await agent.until(
    'it was seen',
    async () => {
      const history = await read();
      return history.status === 200 && history.times.length >= 3 && history;
    },
    60_000,
  );
  assert.ok(Math.abs(Date.parse(live.times.at(-1)!) - Date.now()) < 60_000);
  agent.ok('rm', '-f', 'used');
  const gone = await read();
  assert.ok(gone.times.length >= live.times.length);
  assert.ok(busy(gone.fields['cpu.usage']), JSON.stringify(gone.fields['cpu.usage']));
});

test('Databases are for their owner, and one that cannot be read is set aside with a warning', requires(ROOT), async () => {
  agent.ok('run', '-d', '--name', 'kept', 'host:', 'sleep', '1000');
  agent.ok('limit', '--pids-limit', '50', 'kept');
  const databases = (): string[] => readdirSync(agent.root).filter((name) => name.includes('.db'));
  for (const name of databases()) assert.equal(statSync(join(agent.root, name)).mode & 0o777, 0o600, name);
  await agent.killAgent('SIGTERM');
  writeFileSync(join(agent.root, 'tsgov.db'), 'no database '.repeat(1000));
  await agent.startAgent();
  agent.ok('limit', '--pids-limit', '60', 'kept');
  assert.deepEqual(
    journal('--container', 'kept').map(({ before, after }) => [before, after]),
    [[50, 60]],
  );
  const aside = databases().find((name) => name.startsWith('tsgov.db.broken-'));
  assert.ok(aside !== undefined, String(databases()));
  const warnings = agent.ok('events', '--since', '1h', '--until', '0s', '--filter', 'event=warning', '--format', 'json');
  assert.ok(warnings.includes(aside), warnings);
  agent.ok('rm', '-f', 'kept');
});
