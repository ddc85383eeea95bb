import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { AgentHere } from '#test/support/agent-here.js';
import { requires } from '#test/support/requires.js';

const CLIENTS = 20;
const TICKS = 30;

test('clients that do not read hold up no tick of a whole agent, nor who reads', requires({ root: true }), async (t) => {
  const agent = await AgentHere.start(t, { tickMs: 50 });
  await agent.run('w', ['sleep', '1000']);
  const path = agent.client.target.slice('unix://'.length);
  for (let index = 0; index < CLIENTS; index += 1) {
    const socket = connect(path).pause();
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    const stream = index % 2 === 0 ? '/v1/stats/stream?runtime=all&network=all' : '/v1/events?since=1h';
    socket.write(`GET ${stream} HTTP/1.1\r\nHost: x\r\n\r\n`);
  }
  const seen = new Set<string | null>();
  for await (const { tickTime } of agent.client.usageStream()) {
    seen.add(tickTime);
    if (seen.size === TICKS) break;
  }
  assert.equal(seen.size, TICKS);
});
