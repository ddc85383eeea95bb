import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest } from '#src/cli/flags/closest.js';

const NAMES = ['run', 'ps', 'restart', 'memory', 'memory-swap'];

for (const [word, expected] of [
  ['rnu', 'run'],
  ['pss', 'ps'],
  ['memry', 'memory'],
  ['memory_swap', 'memory-swap'],
  ['restrat', 'restart'],
  ['frobnicate', undefined],
  ['', undefined],
] as const) {
  test(`the nearest of ${JSON.stringify(word)} is ${expected}`, () => assert.equal(closest(word, NAMES), expected));
}
