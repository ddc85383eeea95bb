import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';

test('output that a full disk kept out of the log is a condition and an event, also for an agent that came later', async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('seq 1 1000; exec sleep 1000');
  symlinkSync('/dev/full', agent.backend.inspect(id).logPath ?? '');
  await agent.backend.start(id);
  const lost = (): string | undefined =>
    agent.backend.inspect(id).conditions.find(({ type }) => type === 'LogIncomplete')?.message;
  await agent.until(id, () => lost() !== undefined);
  assert.match(lost() ?? '', /^\d+ bytes of its output could not be written to .*\/log \(ENOSPC, free space there\)/);
  const events = (await agent.events()).filter(
    ({ type, attributes }) => type === 'warning' && attributes.operation === 'write log',
  );
  assert.equal(events[0]?.container?.id, id);
  await agent.close();
  await agent.open();
  await agent.until(id, () => lost()?.startsWith('3893 bytes') === true);
});
