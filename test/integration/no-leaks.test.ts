import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { waitingShims } from '#agent/containers/shims.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { LiveAgent } from '#test/support/live-agent.js';

const ROUNDS = Number(process.env.TSGOV_TEST_LEAK_ROUNDS ?? 1000);

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

/** What a container could leave behind on the node. Processes and namespaces by those that did not exist before. */
function traces(): Record<string, string[]> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const cgroups = cgroupMounts().flatMap(({ dir }) => childrenOf(join(dir, agent.cgroupParent)));
  return {
    cgroups,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(agent.dir)),
    agentMounts: readFileSync(`/proc/${agent.agentPid}/mountinfo`, 'utf8')
      .split('\n')
      .filter((line) => line.includes(agent.dir)),
    processes: pids.map(commandOf).filter((command) => command.includes(agent.dir) && !/ agent| waits-for=/.test(command)),
    // A namespace without a process lives on by an fd or a bind mount only.
    namespaceFds: readdirSync(`/proc/${agent.agentPid}/fd`)
      .map((fd) => link(`/proc/${agent.agentPid}/fd/${fd}`))
      .filter((target) => /^(?:mnt|pid|net|ipc|uts|user|cgroup|time):\[\d+\]$/.test(target)),
    namespaceMounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(' - nsfs ')),
    state: readdirSync(join(agent.state, 'containers')),
    data: readdirSync(join(agent.root, 'containers')),
  };
}

const link = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};
const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
};
const childrenOf = (dir: string): string[] => {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(dir, entry.name));
  } catch {
    return [];
  }
};
const agentFds = (): number => readdirSync(`/proc/${agent.agentPid}/fd`).length;
const agentRssKiB = (): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${agent.agentPid}/status`, 'utf8'))?.[1]);

async function cycle(i: number): Promise<void> {
  const created = await agent.api('POST', '/v1/containers?start=true', {
    image: 'host:',
    command: ['sh', '-c', `exit ${i % 100}`],
  });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  const { id } = created.body as { id: string };
  const waited = await agent.api('POST', `/v1/containers/${id}/wait`);
  assert.deepEqual(waited.body, { exitCode: i % 100 });
  assert.equal((await agent.api('DELETE', `/v1/containers/${id}`)).status, 204);
}

/** Once the monitors of what has ended are gone, too. */
async function atRest(): Promise<ReturnType<typeof traces>> {
  await agent.until('no process is left', () => traces().processes?.length === 0);
  return traces();
}

async function same(before: ReturnType<typeof traces>): Promise<void> {
  await agent.until('all is as before', () => isDeepStrictEqual(traces(), before)).catch(() => undefined);
  assert.deepEqual(traces(), before);
}

test(`${ROUNDS} × run, exit, remove leaves nothing behind and the agent does not grow`, async (t) => {
  for (let i = 0; i < 10; i++) await cycle(i);
  const before = await atRest();
  // By then all that is loaded in the background is.
  let [rssAfter100, fdsAfter100] = [0, 0];
  for (let i = 0; i < ROUNDS; i++) {
    await cycle(i);
    if (i === 99) [rssAfter100, fdsAfter100] = [agentRssKiB(), agentFds()];
  }
  const rss = agentRssKiB();
  t.diagnostic(`agent RSS: ${rssAfter100} KiB after 100, ${rss} KiB after ${ROUNDS}; fds ${fdsAfter100} → ${agentFds()}`);
  await agent.until('cgroups gone', () => childrenOf(join(cgroupMounts()[0]?.dir ?? '', agent.cgroupParent)).length === 0);
  await same(before);
  assert.ok(waitingShims('/proc', agent.state).length <= 1);
  // A tick may have seen one that ran, whose files the next one closes; some that stay are opened when they are first needed.
  await agent.until(`descriptors of the agent: ${fdsAfter100} → ${agentFds()}`, () => agentFds() <= fdsAfter100 + 5);
  // Forty a second leave garbage, and what ticks of the last minute saw.
  await agent.until(`RSS ${rssAfter100} → ${rss} KiB`, () => agentRssKiB() <= rssAfter100 * 1.1, 90_000);
  t.diagnostic(`agent RSS at rest: ${agentRssKiB()} KiB`);
});

test('run --rm of a command that cannot start leaves nothing either', async () => {
  const before = await atRest();
  for (let i = 0; i < 5; i++) assert.equal(agent.tsgov('run', '--rm', 'host:', '/no/such').code, 127);
  await same(before);
});
