import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DriftView } from '#agent/contract/drift.js';
import type { JournalPage } from '#agent/contract/journal.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true, controller: ['memory', 'pids'] });
const POLICY = `apiVersion: tsgov/v1
kind: Policy
metadata: {name: keep}
spec:
  match: {name: ["kept-*"]}
  limits: {pids: {max: 60}, state: thawed}
`;

let agent: LiveAgent;
let writer: OutsideWriter;
before(async () => {
  agent = new LiveAgent();
  mkdirSync(agent.policiesDir, { recursive: true });
  writeFileSync(join(agent.policiesDir, 'keep.yaml'), POLICY);
  await agent.startAgent();
  writer = await OutsideWriter.start();
});
after(async () => {
  await writer?.end();
  await agent?.stop();
});

const driftOf = async (ref: string): Promise<DriftView> =>
  (await agent.api('GET', `/v1/containers/${ref}/drift`)).body as DriftView;

test('a limit of a policy that somebody else changes: API, command line, journal, metrics', needs, async () => {
  agent.ok('run', '-d', '--name', 'kept-one', 'host:', 'sleep', '1000');
  const file = join(agent.inspect('kept-one').cgroups.pids ?? '', 'pids.max');
  await writer.write(file, 'max');
  const [drift] = await agent.until('the drift', async () => {
    const { drifts } = await driftOf('kept-one');
    return drifts.length > 0 && drifts;
  });
  assert.deepEqual(
    [drift?.field, drift?.from, drift?.to, drift?.source, drift?.cause, drift?.writer?.pid],
    ['pids.max', 'max', 60, 'policy/keep', 'fanotify', writer.pid],
  );
  assert.match(
    agent.ok('drift', 'kept-one'),
    new RegExp(`pids.max +max +60 +policy/keep +fanotify +[\\d.]+ ms +${writer.comm} \\(pid ${writer.pid}, uid 0\\)`),
  );
  assert.equal(agent.ok('drift', '-q', 'kept-one'), 'pids.max');
  const row = await agent.until('the journal', async () => {
    const page = (await agent.api('GET', '/v1/journal?action=drift')).body as JournalPage;
    return page.entries.find(({ field }) => field === 'pids.max');
  });
  assert.deepEqual(
    [row.actor, row.before, row.after, row.result, row.values.writerPid],
    ['drift-guard', 'max', 60, 'done', writer.pid],
  );
  assert.match(
    row.reason,
    / \(pid \d+, uid 0, .*outside-writer.*\) changed pids.max, which policy\/keep set \(noticed by fanotify\)$/,
  );
  const metrics = String((await agent.api('GET', '/metrics')).body);
  assert.match(metrics, /^tsgov_drift_total\{[^}]*name="kept-one",[^}]*field="pids.max",cause="fanotify"\} 1$/m);
  assert.match(metrics, /^tsgov_drift_repair_seconds_count 1$/m);
  assert.match(metrics, /^tsgov_drift_watching 1$/m);
});

test('a container that is to be thawed and that somebody freezes goes on', needs, async () => {
  agent.ok('run', '-d', '--name', 'kept-two', 'host:', 'sleep', '1000');
  const { cgroups } = agent.inspect('kept-two');
  const v1 = cgroups.freezer !== undefined && cgroups.freezer !== cgroups.unified;
  const [file, frozen] = v1
    ? [join(cgroups.freezer ?? '', 'freezer.state'), 'FROZEN']
    : [join(cgroups.unified ?? '', 'cgroup.freeze'), '1'];
  await writer.write(file, frozen);
  await agent.until('the drift', async () =>
    (await driftOf('kept-two')).drifts.some(({ field, from }) => field === 'state' && from === 'frozen'),
  );
  assert.equal(agent.inspect('kept-two').state.status, 'running');
});

/** Pages that many processes have mapped are slow to reclaim: each must be told. */
const MAPPED = `
import mmap, os, time
with open('/files/sparse', 'wb') as file: file.truncate(500 << 20)
file = open('/files/sparse', 'rb')
memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
def touch():
    for at in range(0, 500 << 20, 4096): memory[at]
touch()
for _ in range(24):
    if os.fork() == 0:
        touch()
        open('/files/ready', 'ab').write(b'x')
        time.sleep(1000)
time.sleep(1000)
`;

test(
  'while one limit blocks in the kernel, others are set and the API answers',
  requires({ root: true, controller: 'memory', binary: 'python3' }),
  async (t) => {
    agent.ok('run', '-d', '--name', 'big', '-v', `${agent.dir}:/files`, 'host:', 'python3', '-c', MAPPED);
    agent.ok('run', '-d', '--name', 'small', 'host:', 'sleep', '1000');
    const ready = join(agent.dir, 'ready');
    await agent.until('the mappings', () => existsSync(ready) && statSync(ready).size === 24, 120_000);
    let done = false;
    const start = performance.now();
    const blocked = agent.api('PATCH', '/v1/containers/big/limits', { memory: { max: '200m' } }).finally(() => {
      done = true;
    });
    const times: number[] = [];
    while (!done) {
      const began = performance.now();
      const { status } = await agent.api('PATCH', '/v1/containers/small/limits', { pids: { max: 50 + (times.length % 2) } });
      assert.equal(status, 200);
      times.push(performance.now() - began);
    }
    assert.equal((await blocked).status, 200);
    t.diagnostic(
      `blocked for ${(performance.now() - start).toFixed(0)} ms; ${times.length} limits of the other meanwhile, the slowest ${Math.max(...times).toFixed(1)} ms`,
    );
    assert.ok(times.length > 1);
    assert.deepEqual(agent.inspect('big').limits.memory?.max, 200 << 20);
  },
);

test('with fanotify off the next look puts it back', needs, async () => {
  await agent.killAgent('SIGTERM');
  process.env.TSGOV_FANOTIFY = 'off';
  try {
    await agent.startAgent();
  } finally {
    delete process.env.TSGOV_FANOTIFY;
  }
  const file = join(agent.inspect('kept-one').cgroups.pids ?? '', 'pids.max');
  // The first may be before the agent knows what is in force.
  for (const value of ['max', '61']) await writer.write(file, value);
  const last = await agent.until('the drift', async () => (await driftOf('kept-one')).drifts.find(({ from }) => from === 61));
  assert.deepEqual([last.cause, last.writer, last.to], ['scan', null, 60]);
  assert.equal((await driftOf('kept-one')).watching, 'scan');
  assert.equal(agent.tsgov('agent', '--fanotify', 'maybe').code, 2);
});
