import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { AgentHere } from '#test/support/agent-here.js';
import { kernelPids } from '#test/support/kernel-files.js';
import { expectedOf, type Reading } from '#test/support/kernel-metrics.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const COUNT = Number(process.env.TSGOV_TEST_MEASURED ?? 20);
const TICK_MS = 200;
/** memory.stat and disks are read every fifth tick. */
const TURN = 6;

test('of many containers each metric is what the kernel’s files say', ROOT, async (t) => {
  const agent = await AgentHere.start(t, { tickMs: TICK_MS, bpf: 'off' });
  const views: ContainerView[] = [];
  // One after another: so many at once keep a guest busy for longer than a request may take to come.
  for (let index = 0; index < COUNT; index += 1) views.push(await start(agent, index));
  await agent.until('they sleep', async () => views.every(isReady));
  const low = views.map(expectedOf);
  const from = await ticks(agent);
  await agent.until('every file was read since', async () => (await ticks(agent)) >= from + TURN);
  const text = await agent.get('/metrics?profile=full');
  const high = views.map(expectedOf);
  let compared = 0;
  for (const [index, view] of views.entries())
    for (const [series, least] of low[index]!) {
      const most = high[index]!.get(series) ?? assert.fail(`${view.name}: ${series} is not there any more`);
      const value = seriesOf(text, view.id, series);
      assert.ok(value !== undefined, `${view.name}: no ${series}`);
      assert.ok(fits(value, least, most), `${view.name}: ${series} is ${value}, the kernel says ${least.value} to ${most.value}`);
      compared += 1;
    }
  assert.ok(compared > COUNT * 30, `${compared} series`);
});

/** Each with other limits, work that differs, and then sleep: more tasks in some. */
async function start(agent: AgentHere, index: number): Promise<ContainerView> {
  const rounds = 500 + Math.floor(Math.random() * 3000);
  const work = `i=0; while [ $i -lt ${rounds} ]; do i=$((i+1)); done; head -c ${rounds * 100} /dev/zero > /tmp/f; cat /tmp/f > /dev/null`;
  const tasks = Array.from({ length: sleepers(index) - 1 }, () => 'sleep 1000 &').join(' ');
  const id = await agent.run(`m${index}`, ['sh', '-c', `${work}; ${tasks} sleep 1000`], {
    network: index % 2 === 0 ? 'none' : 'host',
    limits: {
      cpu: index % 3 === 0 ? { max: 0.5 + index / 100, period: '50ms' } : { weight: 50 + index },
      memory: { max: (64 + index) << 20 },
      pids: { max: 40 + index },
    },
  });
  return agent.client.inspect(id);
}

/** Its work is done. */
function isReady(view: ContainerView): boolean {
  const names = kernelPids(view).map(nameOf);
  return names.filter((name) => name === 'sleep\n').length === sleepers(Number(view.name.slice(1)));
}

/** Empty for one that has ended meanwhile. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

function sleepers(index: number): number {
  return 1 + (index % 4);
}

function fits(value: number, least: Reading, most: Reading): boolean {
  const slack = Math.max(least.slack, most.slack);
  return value >= Math.min(least.value, most.value) - slack && value <= Math.max(least.value, most.value) + slack;
}

async function ticks(agent: AgentHere): Promise<number> {
  return Number(/^tsgov_agent_tick_seconds_count (\d+)$/m.exec(await agent.get('/metrics'))?.[1]);
}

/** `name` or `name{label="value",…}` of a container: its value. */
function seriesOf(text: string, id: string, series: string): number | undefined {
  const [name = '', labels = ''] = series.split('{');
  const line = text
    .split('\n')
    .find(
      (each) => each.startsWith(`${name}{id="`) && each.includes(`/${id}"`) && (labels === '' || each.includes(`,${labels}`)),
    );
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}
