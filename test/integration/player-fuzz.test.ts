import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeTape } from '#runtime/tape/encode.js';
import { buildPlayer, FUZZER } from '#test/support/play-tape.js';
import { everyOpTape } from '#test/support/tape-arbitrary.js';
import { tempDir } from '#test/support/temp.js';

const SECONDS = 10;

test('mutated tapes never take the player out of bounds (ASAN, UBSAN)', (t) => {
  buildPlayer('fuzz');
  const dir = tempDir(t);
  const corpus = [1, 2, 3, 4].map((seed) => {
    const path = join(dir, `${seed}.tape`);
    writeFileSync(path, encodeTape(everyOpTape(seed)));
    return path;
  });
  const seed = process.pid * 1_000_003;
  t.diagnostic(`repeat with: player-fuzz ${seed} 0 <run> <tapes>`);
  const fuzzed = spawnSync(FUZZER, [String(seed), String(SECONDS), '0', ...corpus], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(fuzzed.status, 0, `${fuzzed.signal ?? ''} ${fuzzed.stderr}`);
  const counts = JSON.parse(fuzzed.stdout) as { runs: number; valid: number; ops: number };
  t.diagnostic(fuzzed.stdout.trim());
  assert.ok(counts.runs > 1000, `${counts.runs} runs`);
  assert.ok(counts.valid > corpus.length, 'no mutant passed validation: the interpreter was not fuzzed');
  assert.ok(counts.valid < counts.runs, 'no mutant was refused: the validator was not fuzzed');
  assert.ok(counts.ops > counts.valid, `${counts.ops} ops of ${counts.valid} tapes`);
});

test('the fuzzer does find a fault: bytes that are no tape are refused as a seed', (t) => {
  buildPlayer('fuzz');
  const path = join(tempDir(t), 'bad.tape');
  writeFileSync(path, 'TSGT but no more');
  const fuzzed = spawnSync(FUZZER, ['1', '1', '10', path], { encoding: 'utf8' });
  assert.equal(fuzzed.status, 1);
  assert.match(fuzzed.stderr, /0 of 1 seed tapes are valid/);
});
