import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CgroupWrite } from '#runtime/cgroup/controller.js';
import { errnoMeaning } from '#runtime/cgroup/errno-meaning.js';
import { LimitDeadlineError, LimitRefusedError } from '#runtime/cgroup/errors.js';
import { type WriteOnce, writeOnce } from '#runtime/cgroup/write-once.js';
import { undoWrites, writePlan, writePlanSync } from '#runtime/cgroup/write-plan.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

// Plain files stand for interface files: values of one length, because a plain file keeps the tail of a longer one. What the kernel itself refuses is in test/integration/cgroup.test.ts.

const write = (file: string, value: string, more: Partial<CgroupWrite> = {}): CgroupWrite => ({
  controller: 'cpu',
  file,
  value,
  field: `cpu.${file}`,
  ...more,
});

test('a plan is written in order and answers what undoes it', async (t) => {
  const { dir, text } = tree(t, { a: '111', b: '222' });
  const undo = await writePlan([write('a', '333'), write('b', '444')], () => dir);
  assert.deepEqual([text('a'), text('b')], ['333', '444']);
  assert.deepEqual(await undoWrites(undo), []);
  assert.deepEqual([text('a'), text('b')], ['111', '222']);
});

test('of a file that says more than it takes the first word is put back', async (t) => {
  const { dir, text } = tree(t, { a: 'root   invalid (why)', b: 'root' });
  const word = { word: true };
  const undo = await writePlan([write('a', 'member', word), write('b', 'root', word)], () => dir);
  assert.match(text('a'), /^member/);
  assert.deepEqual(
    undo.map(({ path, value }) => [path.slice(dir.length), value]),
    [['/a', 'root']],
  );
});

test('a refusal puts back what was written before, and says file, value, errno and field', async (t) => {
  const { dir, text } = tree(t, { a: '111', b: '222' });
  await assert.rejects(
    writePlan([write('a', '333'), write('b', '444'), write('c', '555')], () => dir),
    (error) => {
      assert.ok(error instanceof LimitRefusedError);
      assert.equal(error.code, 'LIMIT_REFUSED');
      assert.equal(error.field, 'limits.cpu.c');
      assert.match(error.message, /write .*\/c "555": ENOENT \(this kernel has no such file here\)/);
      assert.deepEqual(error.notRestored, []);
      return true;
    },
  );
  assert.deepEqual([text('a'), text('b')], ['111', '222']);
});

test('what cannot be read before could not be put back: it is not written, and the rest is undone', async (t) => {
  const { dir, text } = tree(t, { a: '111' });
  mkdirSync(join(dir, 'c'));
  await assert.rejects(
    writePlan([write('a', '333'), write('c', '555')], () => dir),
    {
      code: 'LIMIT_REFUSED',
      message: /read .*\/c: EISDIR/,
    },
  );
  assert.equal(text('a'), '111');
});

test('a tolerated errno is passed over', async (t) => {
  const { dir, text } = tree(t, { a: '111' });
  await writePlan([write('missing', '1', { tolerate: ['ENOENT'] }), write('a', '333')], () => dir);
  assert.equal(text('a'), '333');
  writePlanSync([write('missing', '1', { tolerate: ['ENOENT'] }), write('a', '444')], () => dir);
  assert.equal(text('a'), '444');
});

test('of a keyed file only the key’s line is put back, or its absence', async (t) => {
  const { dir } = tree(t, { 'io.max': '8:0 rbps=1\n8:16 rbps=2\n' });
  mkdirSync(join(dir, 'stop'));
  const plan = (key: string) => write('io.max', `${key} rbps=9`, { key, unset: 'rbps=max' });
  const undo = await writePlan([plan('8:16'), plan('8:32')], () => dir);
  assert.deepEqual(
    undo.map(({ value }) => value),
    ['8:16 rbps=2', '8:32 rbps=max'],
  );
});

test('what a write resets beside its own file is undone after it', async (t) => {
  const { dir } = tree(t, { 'cpu.idle': '0', 'cpu.weight': '250' });
  const undo = await writePlan([write('cpu.idle', '1', { resets: 'cpu.weight' })], () => dir);
  assert.deepEqual(
    undo.toReversed().map(({ path, value }) => `${path.slice(dir.length + 1)}=${value}`),
    ['cpu.idle=0', 'cpu.weight=250'],
  );
});

test('the fallback of a write is kept for its undo', async (t) => {
  const { dir } = tree(t, { a: '1' });
  const undo = await writePlan([write('a', '2', { fallback: '0' })], () => dir);
  assert.deepEqual(undo, [{ path: join(dir, 'a'), value: '1', fallback: '0' }]);
});

test('an aborted plan goes no further and is undone', async (t) => {
  const { dir, text } = tree(t, { a: '111' });
  const stop = new AbortController();
  stop.abort(new Error('the client gave up'));
  await assert.rejects(
    writePlan([write('a', '333')], () => dir, stop.signal),
    /gave up/,
  );
  assert.equal(text('a'), '111');
});

test('a write that the kernel was not done with is put back too, after it what went before', async (t) => {
  const { dir, text } = tree(t, { a: '111', b: '222' });
  const writer: WriteOnce = async (request) => {
    await writeOnce(request);
    return request.value === '444' ? { stopped: 'the kernel was not done after 5 ms' } : 0;
  };
  await assert.rejects(
    writePlan([write('a', '333'), write('b', '444')], () => dir, undefined, writer),
    (error) => {
      assert.ok(error instanceof LimitDeadlineError);
      assert.equal(error.field, 'limits.cpu.b');
      assert.match(
        error.message,
        /^limits.cpu.b: write .*\/b "444": the kernel was not done after 5 ms; what was in force before is back$/,
      );
      return true;
    },
  );
  assert.deepEqual([text('a'), text('b')], ['111', '222']);
});

test('what cannot be put back in time either is named', async (t) => {
  const { dir } = tree(t, { a: '111', b: '222' });
  const writer: WriteOnce = async ({ path }) => (path.endsWith('/b') ? { stopped: 'still not done' } : 0);
  await assert.rejects(
    writePlan([write('a', '333'), write('b', '444')], () => dir, undefined, writer),
    { code: 'DEADLINE', message: /could not put back .*\/b \(still not done\)$/ },
  );
});

test('a nested cgroup’s file is below the cgroup’s', (t) => {
  const { dir } = tree(t, {});
  mkdirSync(join(dir, 'in/side'), { recursive: true });
  writeFileSync(join(dir, 'in/side/a'), '1');
  writePlanSync([write('a', '2', { below: 'in/side' })], () => dir);
  assert.equal(readFileSync(join(dir, 'in/side/a'), 'utf8'), '2');
});

test('a plan for a controller without a directory is a bug', () => {
  assert.throws(() => writePlanSync([write('a', '1')], () => undefined), RangeError);
});

test('errnos have a meaning of their file, or a general one', () => {
  assert.match(errnoMeaning('memory.limit_in_bytes', 16) ?? '', /uses more than that/);
  assert.match(errnoMeaning('cgroup.subtree_control', 16) ?? '', /leaves/);
  assert.match(errnoMeaning('cpuset.cpus', 16) ?? '', /nested/);
  assert.match(errnoMeaning('pids.max', 30) ?? '', /read-only/);
  assert.equal(errnoMeaning('pids.max', 34), undefined);
});

function tree(t: Teardown, files: Record<string, string>) {
  const dir = tempDir(t);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return { dir, text: (name: string) => readFileSync(join(dir, name), 'utf8') };
}

test('of a pair that waits for each other the first refusal is the one told, and nothing stays written', async (t) => {
  const { dir, text } = tree(t, { 'memory.limit_in_bytes': '900', 'memory.memsw.limit_in_bytes': '900' });
  const tried: string[] = [];
  // As the kernel, when more than 100 is in use and nothing can be reclaimed.
  const busy: WriteOnce = ({ path }) => {
    tried.push(path.slice(dir.length + 1));
    return Promise.resolve(path.endsWith('memsw.limit_in_bytes') ? 22 : 16);
  };
  const pair = [
    write('memory.limit_in_bytes', '100', { field: 'memory.max', retryAfter: 'memory.memsw.limit_in_bytes' }),
    write('memory.memsw.limit_in_bytes', '100', { field: 'memory.swap', retryAfter: 'memory.limit_in_bytes' }),
  ];
  await assert.rejects(
    writePlan(pair, () => dir, undefined, busy),
    { field: 'limits.memory.max', message: /memory\.limit_in_bytes "100": EBUSY \(the cgroup uses more than that/ },
  );
  assert.deepEqual(tried, ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']);
  assert.equal(text('memory.limit_in_bytes'), '900');
});
