import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCpuList, parseCpuList } from '#runtime/cgroup/cpu-list.js';

const GOOD: readonly [string, number[]][] = [
  ['', []],
  ['0', [0]],
  ['0-2,7', [0, 1, 2, 7]],
  ['7,0-2\n', [0, 1, 2, 7]],
  ['3,3,2-3', [2, 3]],
  ['0-10:2/4', [0, 1, 4, 5, 8, 9]],
];
for (const [text, numbers] of GOOD) test(`list ${JSON.stringify(text)}`, () => assert.deepEqual(parseCpuList(text), numbers));

for (const text of ['a', '1-', '-1', '2-1', '1,,2', ',', '0-99999999', '1 2', '0-3:0/2', '0-3:3/2', '1;2', '0x1'])
  test(`${JSON.stringify(text)} is no list`, () => assert.equal(parseCpuList(text), undefined));

test('what is printed reads back as the same set', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(300)), (numbers) => {
      const sorted = [...numbers].sort((a, b) => a - b);
      assert.deepEqual(parseCpuList(formatCpuList(numbers)), sorted);
    }),
  );
});
