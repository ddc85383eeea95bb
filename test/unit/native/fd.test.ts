import assert from 'node:assert/strict';
import { fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { Fd } from '#native/fd.js';

const open = (): Fd => new Fd(openSync('/dev/null', 'r'), 'null');
const isOpen = (number: number): boolean => {
  try {
    fstatSync(number);
    return true;
  } catch {
    return false;
  }
};

test('close closes once; a second close and any use after it throw and name the descriptor', () => {
  const fd = open();
  const { number } = fd;
  fd.close();
  assert.equal(isOpen(number), false);
  assert.throws(() => fd.close(), /null: the descriptor is closed or was given away/);
  assert.throws(() => fd.number, /null/);
});

test('using closes at the end of the block, also when it throws, and not what was taken', () => {
  let number = -1;
  assert.throws(() => {
    using fd = open();
    number = fd.number;
    throw new Error('x');
  });
  assert.equal(isOpen(number), false);
  let taken = -1;
  {
    using fd = open();
    taken = fd.take();
    assert.throws(() => fd.take());
  }
  assert.equal(isOpen(taken), true);
  new Fd(taken, 'taken').close();
});

test('only a descriptor can be owned', () => {
  for (const number of [-1, 1.5, Number.NaN]) assert.throws(() => new Fd(number, 'x'), RangeError);
});
