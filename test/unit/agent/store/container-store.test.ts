import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newState } from '#agent/containers/state.js';
import { newContainerId } from '#agent/store/container-id.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { ContainerStore } from '#agent/store/container-store.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

function record(over: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    version: 1,
    id: newContainerId(),
    name: 'a',
    image: 'host:',
    createdAtMs: 1,
    command: ['true'],
    labels: { a: 'b' },
    tty: false,
    stdin: false,
    autoRemove: false,
    restart: 'no',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    cgroupPath: '/tsgov/x',
    limits: { run: { memory: { maxBytes: 5 } }, override: {} },
    conditions: [{ type: 'LimitUnsupported', field: 'memory.high', reason: 'V1NoMemoryHigh', message: 'm' }],
    state: newState('exited', { exitCode: 3 }),
    stopped: true,
    restartCount: 2,
    restartDelayMs: 100,
    restartDue: false,
    thawAtMs: null,
    ...over,
  };
}

function openStore(t: Teardown): { store: ContainerStore; root: string; state: string } {
  const dir = tempDir(t);
  const [root, state] = [join(dir, 'root'), join(dir, 'state')];
  return { store: new ContainerStore(root, state), root, state };
}

function written(store: ContainerStore, over: Partial<ContainerRecord> = {}): ContainerRecord {
  const one = record(over);
  store.makeDataDir(one.id);
  store.write(one);
  return one;
}

test('what is written is read back, and written over', (t) => {
  const { store, root, state } = openStore(t);
  const one = written(store);
  const two = written(store, { name: 'b', config: { id: 'x', image: { kind: 'host' } } });
  store.write({ ...one, name: 'renamed' });
  const { records, broken } = new ContainerStore(root, state).load();
  assert.deepEqual(
    new Map(records.map((each) => [each.id, each])),
    new Map([
      [one.id, { ...one, name: 'renamed' }],
      [two.id, two],
    ]),
  );
  assert.deepEqual(broken, []);
});

test('a write that was cut off leaves the old record whole', (t) => {
  const { store } = openStore(t);
  const one = written(store);
  writeFileSync(join(store.dataDir(one.id), 'container.json.tmp'), '{"version":1,"id":"');
  assert.deepEqual(store.load().records, [one]);
  store.write({ ...one, restartCount: 9 });
  assert.equal(store.load().records[0]?.restartCount, 9);
});

const other = newContainerId();
for (const [what, spoil, says] of [
  ['cut off', (text: string) => text.slice(0, 40), /JSON/],
  ['empty', () => '', /JSON/],
  ['of another container', (text: string) => text.replace(/"id":"\w+"/, `"id":"${other}"`), new RegExp(other)],
  ['of a newer version', (text: string) => text.replace('"version":1', '"version":2'), /version/],
  ['with a field of the wrong type', (text: string) => text.replace('"restartCount":2', '"restartCount":"2"'), /restartCount/],
  ['with an unknown phase', (text: string) => text.replace('"phase":"exited"', '"phase":"gone"'), /phase/],
  ['without a field', (text: string) => text.replace('"tty":false,', ''), /tty|required/],
] as [string, (text: string) => string, RegExp][]) {
  test(`a record ${what} is set aside with the reason, once, and the others are read`, (t) => {
    const { store } = openStore(t);
    const good = written(store);
    const bad = written(store, { name: 'b' });
    const path = join(store.dataDir(bad.id), 'container.json');
    const spoiled = spoil(readFileSync(path, 'utf8'));
    writeFileSync(path, spoiled);
    const { records, broken } = store.load();
    assert.deepEqual(records, [good]);
    assert.equal(broken.length, 1);
    assert.equal(broken[0]?.id, bad.id);
    assert.match(broken[0]?.reason ?? '', says);
    assert.equal(readFileSync(broken[0]?.setAside ?? '', 'utf8'), spoiled);
    assert.ok(store.isSetAside(bad.id));
    assert.deepEqual(store.load().broken, []);
  });
}

test('what is no container is passed over', (t) => {
  const { store, root } = openStore(t);
  mkdirSync(join(root, 'containers', 'lost+found'));
  writeFileSync(join(root, 'containers', 'note'), 'x');
  store.makeDataDir(newContainerId());
  assert.deepEqual(store.load(), { records: [], broken: [] });
  assert.equal(store.dataIds().length, 1);
});

test('removing takes data and state, with or without them', async (t) => {
  const { store, root, state } = openStore(t);
  const one = written(store);
  mkdirSync(join(store.dataDir(one.id), 'upper', 'deep'), { recursive: true });
  store.makeStateDir(one.id);
  writeFileSync(join(store.stateDir(one.id), 'pid'), '1');
  assert.ok(store.hasStateDir(one.id));
  await store.remove(one.id);
  await store.remove(one.id);
  assert.deepEqual(readdirSync(join(root, 'containers')), []);
  assert.deepEqual(readdirSync(join(state, 'containers')), []);
  assert.ok(!existsSync(store.dataDir(one.id)));
});

test('an id is 64 hex digits and none like another', () => {
  const ids = new Set(Array.from({ length: 1000 }, newContainerId));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{64}$/);
});
