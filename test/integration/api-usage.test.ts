import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentHere } from '#test/support/agent-here.js';
import { requires } from '#test/support/requires.js';

const NEEDS = requires({ root: true, controller: ['cpu', 'memory'] });

test(
  'GET /v1/stats has every container with what the last tick saw of it, and the network only of those asked for',
  NEEDS,
  async (t) => {
    const agent = await AgentHere.start(t, { tickMs: 100 });
    const { client } = agent;
    const run = (name: string, command: string[]) =>
      client.create({ name, image: 'host:', command, limits: { cpu: { max: 0.5 }, memory: { max: '64m' } } }, { start: true });
    const busy = await run('busy', ['sh', '-c', 'while :; do :; done']);
    const idle = await run('idle', ['sleep', '1000']);
    await client.create({ name: 'new', image: 'host:', command: ['true'] });
    const seen = async (name: string, network: string[] = []) =>
      (await client.usage({ network })).containers.find((each) => each.name === name);
    const figures = await agent.until('its CPU is counted', async () => {
      const found = await seen('busy');
      return (found?.signals['cpu.usage'] ?? 0) > 0.05 && found;
    });
    assert.deepEqual([figures.status, figures.limits['cpu.max'], figures.limits['memory.max']], ['running', 0.5, 64 << 20]);
    assert.ok((figures.signals['memory.current'] ?? 0) > 0);
    assert.equal(figures.network, undefined);
    const created = await seen('new');
    assert.deepEqual([created?.status, created?.signals], ['created', {}]);
    await client.freeze('busy');
    await agent.until('the tick sees that it is frozen', async () => (await seen('busy'))?.status === 'frozen');
    const { node, containers, tickTime, time } = await client.usage({ network: [idle.id] });
    assert.deepEqual(
      containers.filter(({ network }) => network !== undefined).map(({ name }) => name),
      ['idle'],
    );
    assert.ok(tickTime !== null && tickTime <= time);
    assert.ok(node.cpus.length > 0 && node.memTotalBytes > 0 && node.load.length === 3);
    const everyone = await client.usage({ network: ['all'] });
    assert.deepEqual(
      everyone.containers
        .filter(({ network }) => network !== undefined)
        .map(({ id }) => id)
        .sort(),
      [busy.id, idle.id].sort(),
    );
    const narrow = (await client.usage({ signals: ['cpu.usage', 'pids.current'] })).containers.find(
      ({ name }) => name === 'busy',
    );
    assert.deepEqual(Object.keys(narrow?.signals ?? {}).sort(), ['cpu.usage', 'pids.current']);
    await assert.rejects(client.usage({ signals: ['node.swap.free'] }), { code: 'BODY_INVALID', field: 'signals' });
    await assert.rejects(client.usage({ runtime: ['rkt'] }), { code: 'BODY_INVALID' });
  },
);
