import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signalName, signalNumber } from '#agent/containers/signals.js';

for (const [text, number] of [
  ['SIGTERM', 15],
  ['term', 15],
  ['9', 9],
  [' kill ', 9],
  ['RTMIN', 34],
  ['SIGRTMIN+3', 37],
  ['RTMAX-1', 63],
  ['64', 64],
] as const)
  test(`${text} is ${number}`, () => assert.equal(signalNumber(text), number));

for (const text of ['', '0', '65', '-1', '1.5', 'SIGNOTHING', 'RTMIN+31', 'RTMAX+1'])
  test(`${JSON.stringify(text)} is none`, () =>
    assert.throws(() => signalNumber(text, 'stopSignal'), { code: 'BODY_INVALID', field: 'stopSignal' }));

test('every number has a name that means it', () => {
  for (let number = 1; number <= 64; number += 1) {
    const name = signalName(number);
    if (number !== 32 && number !== 33) assert.equal(signalNumber(name), number, name);
  }
});
