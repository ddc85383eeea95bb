import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventView } from '#agent/contract/container.js';
import { AgentHere } from '#test/support/agent-here.js';
import { requiresBpf } from '#test/support/bpf-eyes.js';

const EATS = 'head -c 200m /dev/zero | tail -n 1 > /dev/null; exit 3';

test(
  'an OOM kill is in the metric, the event and the death record, which name the victim and the level; the metric outlives the container',
  requiresBpf({ controller: 'memory' }),
  async (t) => {
    const agent = await AgentHere.start(t, { bpf: 'auto' });
    const stop = new AbortController();
    const events: EventView[] = [];
    const following = agent.follow(events, stop.signal);
    t.after(async () => {
      stop.abort();
      await following;
    });
    await agent.until('BPF programs run', async () => !/^tsgov_bpf_collector_up\{.*\} 0$/m.test(await up(agent)));
    const id = await agent.run('eats', ['sh', '-c', EATS], { limits: { memory: { max: '32m', swap: 0 } } });
    assert.equal((await agent.client.wait(id))?.exitCode, 3);

    // Told when it ended, and on record a moment later.
    const death = await agent.until('its death is on record', async () => {
      const { deaths } = await agent.client.deaths({ container: id });
      return deaths[0];
    });
    assert.equal(death.oom?.victim?.comm, 'tail');
    assert.equal(death.oom?.level, death.cgroup);
    const event = await agent.until('the event', async () =>
      events.find(({ type, container }) => type === 'oom' && container?.id === id),
    );
    assert.deepEqual(
      [event.attributes.victim, event.attributes.victimPid, event.attributes.level],
      ['tail', death.oom?.victim?.pid, death.cgroup],
    );
    await agent.until('the metric', async () => (await kills(agent, id)) >= 1);
    await agent.client.remove(id, {});
    assert.ok((await kills(agent, id)) >= 1, 'removed, and still told');
    assert.match(await agent.get('/metrics'), new RegExp(`^tsgov_container_exit_code\\{[^}]*/${id}"[^}]*\\} 3$`, 'm'));
    await agent.run('eats', ['sleep', '1000']);
    assert.doesNotMatch(await agent.get('/metrics'), new RegExp(id), 'its name is somebody else’s');
  },
);

async function up(agent: AgentHere): Promise<string> {
  const text = await agent.get('/metrics');
  return text.includes('tsgov_bpf_collector_up{') ? text : 'tsgov_bpf_collector_up{} 0';
}

async function kills(agent: AgentHere, id: string): Promise<number> {
  const text = await agent.get('/metrics');
  return Number(new RegExp(`^container_oom_events_total\\{id="[^"]*/${id}",name="eats".*\\} (\\d+)$`, 'm').exec(text)?.[1]);
}
