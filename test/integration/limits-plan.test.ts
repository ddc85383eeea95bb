import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';
import { requires } from '#test/support/requires.js';

const NEEDS = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
const MIB = 1 << 20;

/** The keyed line of a file, or all of it. */
const said = (file: string, value: string): string => {
  const text = readFileSync(file, 'utf8').trim();
  return text.split('\n').find((line) => line.split(' ')[0] === value.split(' ')[0]) ?? text;
};

test('a plan of limits changes nothing, and names the files and values that the change then writes', NEEDS, async (t) => {
  const { backend } = await AgentBackend.start(t);
  const limits = { memory: { max: '64m' }, pids: { max: 50 }, cpu: { max: 1 } };
  const { id } = await backend.create({ name: 'c', image: 'host:', command: ['sleep', '1000'], limits });
  const asked = { memory: { max: '48m' }, pids: { max: 40 }, cpu: { max: 0.5, weight: 50 } };
  const idle = backend.planLimits(id, asked, { clear: false });
  assert.deepEqual([idle.name, idle.writes], ['c', []], 'it does not run: written at its next start');
  await backend.start(id);
  const before = backend.limits(id);
  const plan = backend.planLimits(id, asked, { clear: false });
  assert.deepEqual(backend.limits(id), before);
  assert.deepEqual(backend.inspect(id).limitSources['memory.max'], 'run');
  const memory = plan.writes.find(({ file }) => /memory\.(max|limit_in_bytes)$/.test(file));
  assert.deepEqual([memory?.before, memory?.value], [String(64 * MIB), String(48 * MIB)]);
  for (const { file, before: now, value } of plan.writes) assert.notEqual(now, value, `${file} is to change`);
  for (const { file, before: now } of plan.writes) assert.equal(readFileSync(file, 'utf8').trim(), now);
  await backend.setLimits(id, asked, { clear: false });
  for (const { file, value } of plan.writes) assert.equal(said(file, value), value, file);
  const again = backend.planLimits(id, asked, { clear: false });
  assert.deepEqual(again.writes, [], 'nothing is left to write');
  const cleared = backend.planLimits(id, {}, { clear: true });
  assert.ok(cleared.writes.some(({ file, value }) => file === memory?.file && value === String(64 * MIB)));
  assert.throws(() => backend.planLimits(id, { memory: { max: 'lots' } }, { clear: false }), /limits\.memory\.max/);
  assert.throws(() => backend.planLimits(id, { cpu: { weight: 20_000 } }, { clear: false }), /weight/);
});
