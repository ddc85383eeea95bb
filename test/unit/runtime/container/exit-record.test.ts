import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readExitFile, readPidFile, stillRuns } from '#runtime/container/exit-record.js';
import { tempDir } from '#test/support/temp.js';

test('an exit file is read with its nanoseconds exact and its failure', (t) => {
  const dir = tempDir(t);
  assert.equal(readExitFile(dir), undefined);
  writeFileSync(
    join(dir, 'exit'),
    '{"exitCode":137,"signal":9,"oomKilled":true,"started":true,"startedAtNsec":"1795220125569320017","finishedAtNsec":"1795220125571525558",' +
      '"failed":{"op":5,"errno":2,"value":0,"text":"a\\u0001\\"b"}}\n',
  );
  assert.deepEqual(readExitFile(dir), {
    lost: false,
    exitCode: 137,
    signal: 9,
    oomKilled: true,
    started: true,
    startedAtNsec: 1795220125569320017n,
    finishedAtNsec: 1795220125571525558n,
    failed: { op: 5, errno: 2, value: 0, text: 'a\u0001"b' },
  });
});

test('a process is the same only with the same start time, and a zombie does not run', (t) => {
  const procRoot = tempDir(t);
  const stat = (state: string): string => `7 (a ) S b) ${state} ${Array.from({ length: 18 }, (_, i) => i).join(' ')} 4242 0 0\n`;
  mkdirSync(join(procRoot, '7'));
  const write = (state: string): void => writeFileSync(join(procRoot, '7', 'stat'), stat(state));
  write('S');
  assert.deepEqual(stillRuns({ pid: 7, startTime: 4242n }, procRoot), { pid: 7, startTime: 4242n });
  assert.equal(stillRuns({ pid: 7, startTime: 4241n }, procRoot), undefined);
  assert.equal(stillRuns({ pid: 8, startTime: 4242n }, procRoot), undefined);
  assert.equal(stillRuns(undefined, procRoot), undefined);
  write('Z');
  assert.equal(stillRuns({ pid: 7, startTime: 4242n }, procRoot), undefined);
});

test('a pid file has init, its start time and the shim; anything else is none', (t) => {
  const dir = tempDir(t);
  assert.equal(readPidFile(dir), undefined);
  writeFileSync(join(dir, 'pid'), '12 3456 11\n');
  assert.deepEqual(readPidFile(dir), { pid: 12, startTime: 3456n, shimPid: 11 });
  writeFileSync(join(dir, 'pid'), '12 34');
  assert.equal(readPidFile(dir), undefined);
});
