import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { launch } from '#runtime/container/launch.js';
import { buildShim, criLines, launched, logged, programTape, sh, shimHost, until } from '#test/support/shim-host.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

/** What a program wrote to stdout according to the log, after it has ended. */
const PATTERNS = {
  'text lines': 'seq 1 5000',
  'no newline at the end': 'printf "a\\nb"',
  'empty lines': 'printf "\\n\\na\\n\\n"',
  'a NUL and every other byte': 'printf "\\000\\001\\n\\377"; head -c 100000 /dev/urandom | tee out',
  'one line of 1 MiB': 'head -c 1048576 /dev/zero | tr "\\0" x; echo',
  'lines of exactly 16 KiB and around': 'for n in 16383 16384 16385; do head -c $n /dev/zero | tr "\\0" y; echo; done',
  'many small writes': 'for i in 1 2 3 4 5 6 7 8; do printf "$i "; done; echo',
};

for (const [what, script] of Object.entries(PATTERNS)) {
  test(`log: ${what} can be put together again to the byte`, async (t) => {
    const host = await shimHost(t);
    const dir = tempDir(t);
    const tee = join(dir, 'copy');
    const run = launched(t, host, { tape: sh(`cd ${dir}; { ${script}; } | tee ${tee}; cat ${tee} >&2`) });
    assert.equal((await run.record()).exitCode, 0);
    const lines = criLines(run.logPath);
    const copy = spawnSync('cat', [tee], { maxBuffer: 1 << 24 }).stdout;
    assert.ok(copy.length > 0);
    assert.ok(logged(lines, 'stdout').equals(copy), 'stdout');
    assert.ok(logged(lines, 'stderr').equals(copy), 'stderr');
    assert.ok(lines.every((line) => line.text.length <= 16 * 1024));
  });
}

test('log: full lines are F, what goes on is P', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('echo one; head -c 16390 /dev/zero | tr "\\0" z; echo; printf end') });
  await run.record();
  const lines = criLines(run.logPath);
  assert.deepEqual([lines[0]!.full, lines[0]!.text.toString()], [true, 'one']);
  assert.deepEqual([lines.at(-1)!.full, lines.at(-1)!.text.toString()], [false, 'end']);
  assert.equal(
    lines.filter((line) => line.text.includes('z')).reduce((sum, line) => sum + line.text.length, 0),
    16390,
  );
  assert.equal(lines.filter((line) => line.full).length, 2);
});

test('log: rotation keeps so many files of so many bytes, and loses only the oldest', async (t) => {
  const dir = join(tempDir(t), 'd'.repeat(200));
  mkdirSync(dir);
  const path = join(dir, 'log');
  const log = { path, maxBytes: 20_000, maxFiles: 3 };
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 5000'), log });
  await run.record();
  const files = readdirSync(dir).sort();
  assert.deepEqual(files, ['log', 'log.1', 'log.2']);
  for (const file of files) assert.ok(statSync(join(dir, file)).size <= 20_000, file);
  const kept = logged([...criLines(`${path}.2`), ...criLines(`${path}.1`), ...criLines(path)], 'stdout').toString();
  const all = `${Array.from({ length: 5000 }, (_, i) => i + 1).join('\n')}\n`;
  assert.ok(all.endsWith(kept) && kept.length > 4000, 'a gapless end of the output');
});

test('log: one file starts over', async (t) => {
  const path = join(tempDir(t), 'log');
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 5000'), log: { path, maxBytes: 10_000, maxFiles: 1 } });
  await run.record();
  assert.deepEqual(readdirSync(dirname(path)), ['log']);
  assert.ok(statSync(path).size <= 10_000);
  assert.ok(logged(criLines(path), 'stdout').toString().endsWith('\n5000\n'));
});

test('log: rotation follows a directory that was moved', async (t) => {
  const dir = join(tempDir(t), 'a');
  const moved = `${dir}-moved`;
  mkdirSync(dir);
  const tape = sh('seq 1 500; while [ ! -e "$0" ]; do sleep 0.01; done; seq 501 1000'.replace('"$0"', `${moved}/go`));
  const run = launched(t, await shimHost(t), { tape, log: { path: join(dir, 'log'), maxBytes: 15_000, maxFiles: 5 } });
  await run.process.started;
  await until(() => existsSync(join(dir, 'log.1')), 'a first rotation');
  renameSync(dir, moved);
  mkdirSync(join(moved, 'go'));
  await run.record();
  const files = readdirSync(moved).filter((name) => name !== 'go');
  assert.ok(files.length >= 3, files.join());
  assert.equal(existsSync(dir), false);
});

test('log: a full disk costs the log, is counted, and stops nothing', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: sh('seq 1 20000; exit 7'), log: { path: '/dev/full', maxBytes: 1000, maxFiles: 3 } });
  const losses: [bigint, number][] = [];
  run.process.on('logLost', (bytes, errno) => losses.push([bytes, errno]));
  assert.equal((await run.record()).exitCode, 7);
  const bytes = spawnSync('seq', ['1', '20000']).stdout.length;
  assert.deepEqual(losses.at(-1), [BigInt(bytes), 28]);
  for (const [i, loss] of losses.entries()) assert.ok(i === 0 || loss[0] > losses[i - 1]![0]);
});

test('log: a disk that fills up half way keeps whole lines and counts the rest', async (t) => {
  const host = await shimHost(t);
  // Hooks run in the order they are made: unmounted before the directory is removed, after the shim has gone.
  let dir = '';
  t.after(() => assert.equal(spawnSync('umount', [dir]).status, 0));
  dir = tempDir(t);
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tsgov-test', dir]).status, 0);
  const path = join(dir, 'log');
  const run = launched(t, host, { tape: sh('seq 1 30000'), log: { path, maxBytes: 0, maxFiles: 1 } });
  let lost = 0n;
  run.process.on('logLost', (bytes) => {
    lost = bytes;
  });
  await run.record();
  const kept = logged(criLines(path), 'stdout');
  assert.ok(kept.length > 10_000);
  assert.equal(BigInt(spawnSync('seq', ['1', '30000']).stdout.length), BigInt(kept.length) + lost);
});

test('log: once a full disk has room again, a line says how much is missing, where it is missing', async (t) => {
  const host = await shimHost(t);
  let dir = '';
  t.after(() => assert.equal(spawnSync('umount', [dir]).status, 0));
  dir = tempDir(t);
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tsgov-test', dir]).status, 0);
  writeFileSync(join(dir, 'filler'), Buffer.alloc(128 << 10));
  const path = join(dir, 'log');
  const go = join(tempDir(t), 'go');
  const script = `seq 1 30000; while [ ! -e ${go} ]; do sleep 0.01; done; echo after`;
  const run = launched(t, host, { tape: sh(script), log: { path, maxBytes: 0, maxFiles: 1 } });
  let lost = 0n;
  run.process.on('logLost', (bytes) => {
    lost = bytes;
  });
  const size = spawnSync('seq', ['1', '30000']).stdout.length;
  await until(
    () => lost > 0n && BigInt(logged(criLines(path), 'stdout').length) + lost === BigInt(size),
    'all is kept or counted',
  );
  rmSync(join(dir, 'filler'));
  writeFileSync(go, '');
  await run.record();
  const [marker, after] = criLines(path).slice(-2);
  assert.equal(marker?.stream, 'stderr');
  assert.match(String(marker?.text), /^tsgov: \d+ bytes of output are missing here, the log could not be written: ENOSPC$/);
  assert.equal(String(after?.text), 'after');
  const marked = criLines(path)
    .filter(({ stream }) => stream === 'stderr')
    .map(({ text }) => Number(/^tsgov: (\d+) bytes/.exec(String(text))?.[1]));
  assert.equal(BigInt(marked.reduce((sum, bytes) => sum + bytes, 0)), lost);
});

test('log: a place that cannot be written fails the launch and says so', async (t) => {
  const host = await shimHost(t);
  const run = launched(t, host, { tape: programTape(['true']), log: { path: '/nowhere/log', maxBytes: 0, maxFiles: 1 } });
  await assert.rejects(run.process.started, { code: 'LAUNCH_FAILED', message: 'shim: open the log: ENOENT' });
  assert.equal((await run.record()).started, false);
});

test('log: none is fine', async (t) => {
  const host = await shimHost(t);
  const process = launch({ id: 'bare', stateDir: join(tempDir(t), 's'), tape: sh('seq 1 100000; exit 2') }, host);
  const end = await process.exited;
  assert.ok(!end.lost && end.exitCode === 2);
});
