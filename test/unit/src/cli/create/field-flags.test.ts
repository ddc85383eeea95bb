import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flagOfField } from '#src/cli/create/field-flags.js';

for (const [field, flag] of [
  ['limits.memory.max', 'memory'],
  ['memory.max', 'memory'],
  ['memory.swap', 'memory-swap'],
  ['limits.cpu.max', 'cpus'],
  ['name', 'name'],
  ['capAdd[0]', 'cap-add'],
  ['capAdd.0', 'cap-add'],
  ['mounts[1].options', 'mount'],
  ['restart', 'restart'],
  ['ulimits.nofile', 'ulimit'],
  ['nowhere', undefined],
] as const) {
  test(`the flag of field ${field} is ${flag}`, () => assert.equal(flagOfField(field), flag));
}

test('of two flags for a field the one that was given is named', () => {
  assert.equal(flagOfField('cpu.max', { 'cpu-quota': 5000 }), 'cpu-quota');
  assert.equal(flagOfField('cpu.max', { cpus: 5, 'cpu-quota': 5000 }), 'cpus');
});
