import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Container } from '#agent/containers/container.js';
import { Registry } from '#agent/containers/registry.js';
import type { ContainerRecord } from '#agent/store/container-record.js';

const container = (id: string, name: string): Container =>
  new Container({ id: id.padEnd(64, '0'), name } as ContainerRecord, () => {});

function registry(...containers: Container[]): Registry {
  const all = new Registry();
  for (const each of containers) all.add(each);
  return all;
}

test('by name, by id, by the start of an id that one has', () => {
  const [one, two, named] = [container('abc1', 'one'), container('abc2', 'two'), container('f', 'abc')];
  const all = registry(one, two, named);
  assert.equal(all.resolve('one'), one);
  assert.equal(all.resolve(two.id), two);
  assert.equal(all.resolve('abc1'), one);
  assert.equal(all.resolve('abc'), named, 'a name wins over the start of ids');
  assert.throws(() => all.resolve('ab'), { code: 'REF_AMBIGUOUS', message: /2/ });
  for (const ref of ['abc3', 'ABC1', '', 'f', 'nobody', `${one.id}0`])
    assert.throws(() => all.resolve(ref), { code: 'CONTAINER_NOT_FOUND' });
});

test('names are taken, changed and given back', () => {
  const [one, two] = [container('1', 'one'), container('2', 'two')];
  const all = registry(one, two);
  assert.throws(() => all.add(container('3', 'one')), { code: 'NAME_IN_USE', field: 'name' });
  assert.throws(() => all.rename(one, 'two'), { code: 'NAME_IN_USE' });
  all.rename(one, 'other');
  one.record.name = 'other';
  assert.equal(all.resolve('other'), one);
  assert.equal(all.hasName('one'), false);
  all.delete(one);
  assert.equal(all.hasName('other'), false);
  assert.equal(all.size, 1);
  all.add(container('4', 'one'));
});
