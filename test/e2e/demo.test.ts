import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { leakedForGood, type Traces, traces } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';

const NEEDS = { ...requires({ root: true }), timeout: 180_000 };

interface Demo {
  process: ChildProcess;
  /** Resolves when the output matches. */
  says(pattern: RegExp): Promise<void>;
  ended: Promise<{ code: number | null; output: string }>;
  /** As the demo says it. */
  agentPid(): number;
}

/** Starts a command of the demo; it is killed, should the test fail before it ends. */
function start(t: TestContext, ...args: string[]): Demo {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    child.emit('heard');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(output)) {
      const heard = await Promise.race([once(child, 'heard').then(() => true), ended.then(() => false)]);
      if (!heard && !pattern.test(output)) assert.fail(`ended without saying ${pattern}:\n${output}`);
    }
  };
  return { process: child, says, ended, agentPid: () => Number(/pid (\d+)/.exec(output)?.[1]) };
}

/** What is left of the demo's own: its cgroups and processes carry its places in their names. */
async function leftovers(before: Traces): Promise<string[]> {
  return (await leakedForGood(before)).filter((line) => /\/tsgov(\/|\)|$)|tsgov-demo/.test(line));
}

/** Paths the demo makes outside of cgroups and namespaces. */
function demoPaths(): string[] {
  const temporary = readdirSync('/var/tmp').filter((name) => name.startsWith('tsgov-demo-'));
  return [...temporary, ...['/run/tsgov', '/var/lib/tsgov'].filter((path) => existsSync(path))];
}

/** The demo's own process below scripts/start.mjs. */
function demoPidOf(parent: ChildProcess): number {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim().split(' ');
  const demo = children.find(
    (pid) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('demo/main.js'),
  );
  assert.ok(demo, 'npm start has no demo below it');
  return Number(demo);
}

test('npm start -- --seconds N ends by itself with every limit held, and leaves nothing', NEEDS, async (t) => {
  const before = { traces: traces(), paths: demoPaths() };
  const { code, output } = await start(t, 'scripts/start.mjs', '--seconds', '6').ended;
  assert.equal(code, 0, output);
  assert.match(output, /cpu-hog +0\.25 core +0\.\d\d core +held/);
  assert.match(output, /memory-eater +64\.0 MiB +\d+\.\d MiB +held/);
  assert.match(output, /http:\/\/127\.0\.0\.1:\d+\/metrics/);
  assert.deepEqual(await leftovers(before.traces), []);
  assert.deepEqual(demoPaths(), before.paths);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} takes all of the demo down again`, NEEDS, async (t) => {
    const before = { traces: traces(), paths: demoPaths() };
    const demo = start(t, 'dist/src/demo/main.js');
    await demo.says(/WORKLOAD/);
    demo.process.kill(signal);
    const { code, output } = await demo.ended;
    assert.equal(code, 0, output);
    assert.deepEqual(await leftovers(before.traces), []);
    assert.deepEqual(demoPaths(), before.paths);
  });
}

test('a demo whose reader went away takes all of it down again', NEEDS, async (t) => {
  const before = { traces: traces(), paths: demoPaths() };
  const demo = start(t, 'dist/src/demo/main.js');
  await demo.says(/WORKLOAD/);
  demo.process.stdout?.destroy();
  await demo.ended;
  assert.deepEqual(await leftovers(before.traces), []);
  assert.deepEqual(demoPaths(), before.paths);
});

test('a demo that is killed outright is taken down by npm start', NEEDS, async (t) => {
  const before = { traces: traces(), paths: demoPaths() };
  const demo = start(t, 'scripts/start.mjs');
  await demo.says(/WORKLOAD/);
  process.kill(demoPidOf(demo.process), 'SIGKILL');
  const { code, output } = await demo.ended;
  assert.equal(code, 1, output);
  assert.match(output, /SIGKILL before it had cleaned up/);
  assert.deepEqual(await leftovers(before.traces), []);
  assert.deepEqual(demoPaths(), before.paths);
});

test('containers of a demo whose agent was killed are taken down all the same', NEEDS, async (t) => {
  const before = { traces: traces(), paths: demoPaths() };
  const demo = start(t, 'dist/src/demo/main.js');
  await demo.says(/WORKLOAD/);
  process.kill(demo.agentPid(), 'SIGKILL');
  const { code, output } = await demo.ended;
  assert.equal(code, 1, output);
  assert.deepEqual(await leftovers(before.traces), []);
  assert.deepEqual(demoPaths(), before.paths);
});

test('where an agent already runs on the defaults, the demo takes places of its own and says so', NEEDS, async (t) => {
  const first = start(t, 'dist/src/demo/main.js');
  await first.says(/WORKLOAD/);
  const second = start(t, 'dist/src/demo/main.js', '--seconds', '3');
  const { code, output } = await second.ended;
  assert.equal(code, 0, output);
  assert.match(output, /already runs on the defaults/);
  first.process.kill('SIGINT');
  assert.equal((await first.ended).code, 0);
});
