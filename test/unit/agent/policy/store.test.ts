import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keepPolicies } from '#agent/policy/keep.js';
import { PolicyStore } from '#agent/policy/store.js';
import { PolicyFilesStore } from '#agent/store/policy-files.js';
import { FakeClock } from '#test/support/fake-clock.js';
import { CHECK_ON_TWO_CORES, policyText } from '#test/support/policy-text.js';
import { tempDir } from '#test/support/temp.js';

const one = (name: string) => policyText(name, { match: { name: '*' }, limits: { pids: { max: 5 } } });

function setUp(t: TestContext) {
  const parent = tempDir(t);
  const [dir, ownDir] = [join(parent, 'policies.d'), join(parent, 'own')];
  mkdirSync(dir);
  mkdirSync(ownDir);
  const told: string[] = [];
  const open = (): PolicyStore => {
    const store = new PolicyStore({
      dir,
      ownDir,
      clock: new FakeClock(),
      hostCheck: CHECK_ON_TWO_CORES,
      keeper: new PolicyFilesStore(parent),
      host: { resolveDevice: () => assert.fail('no device is named'), memoryVersion: 2 },
      onChange: () => undefined,
    });
    store.open((type, _subject, attributes) => told.push(`${type} ${String(attributes?.file ?? attributes?.policy ?? '')}`));
    t.after(() => store.close());
    return store;
  };
  return { parent, dir, ownDir, told, open };
}

const names = (store: PolicyStore) => store.all().map(({ name }) => name);

test('whatever stands in policies.d, the rest is read, nobody is waited for, and it is said what is wrong', (t) => {
  const { dir, told, open } = setUp(t);
  writeFileSync(join(dir, 'good.yaml'), one('good'));
  execFileSync('mkfifo', [join(dir, 'fifo.yaml')]);
  mkdirSync(join(dir, 'directory.yaml'));
  writeFileSync(join(dir, 'huge.yaml'), '');
  truncateSync(join(dir, 'huge.yaml'), 5 * 2 ** 30);
  writeFileSync(join(dir, 'loop.yaml.new'), '');
  execFileSync('ln', ['-s', 'loop.yaml', join(dir, 'loop.yaml')]);
  execFileSync('ln', ['-s', 'nowhere', join(dir, 'dangling.yaml')]);
  execFileSync('ln', ['-s', '/dev/zero', join(dir, 'zero.yaml')]);
  const store = open();
  assert.deepEqual(names(store), ['good']);
  const refused = store.refused().map(({ file, issues }) => `${file.slice(dir.length + 1)}: ${issues[0]?.reason}`);
  assert.deepEqual(refused.map((line) => line.replace(/, .*/, '')).sort(), [
    'directory.yaml: this cannot be read: it is no regular file',
    'fifo.yaml: this cannot be read: it is no regular file',
    'huge.yaml: this cannot be read: it has 5368709120 bytes',
    'loop.yaml: this cannot be read: ELOOP: too many symbolic links encountered',
    'zero.yaml: this cannot be read: it is no regular file',
  ]);
  const before = told.length;
  store.refresh();
  assert.equal(told.length, before, 'told once');
});

test('a directory that cannot be looked into keeps its policies in force; one that is removed has none', (t) => {
  const { dir, told, open } = setUp(t);
  writeFileSync(join(dir, 'good.yaml'), one('good'));
  const store = open();
  renameSync(dir, `${dir}.aside`);
  // As root may look into everything, something that is no directory stands for a failing disk.
  writeFileSync(dir, '');
  store.refresh();
  assert.deepEqual(names(store), ['good']);
  assert.deepEqual(
    store.refused().map(({ file, lastGood, issues }) => [file, lastGood, issues[0]?.reason.split(',', 1)[0]]),
    [[dir, true, 'this cannot be read: ENOTDIR: not a directory']],
  );
  store.refresh();
  rmSync(dir);
  renameSync(`${dir}.aside`, dir);
  store.refresh();
  assert.deepEqual(store.refused(), []);
  assert.deepEqual(told, [`policy-refuse ${dir}`, `policy-accept ${dir}`]);
  rmSync(dir, { recursive: true });
  store.refresh();
  assert.deepEqual(names(store), []);
});

test('a file that is bad when an agent starts is in force as it last was good', (t) => {
  const { dir, open } = setUp(t);
  const path = join(dir, 'a.yaml');
  const max = (store: PolicyStore) => store.find('a')?.limits.pids?.max;
  writeFileSync(path, one('a'));
  open().close();
  writeFileSync(path, one('a').replace('5', '-5'));
  for (const _ of ['the first after it', 'the one after that']) {
    const store = open();
    assert.equal(max(store), 5);
    assert.deepEqual(
      store.refused().map(({ file, lastGood }) => [file, lastGood]),
      [[path, true]],
    );
    store.close();
  }
  writeFileSync(path, one('a').replace('5', '7'));
  const mended = open();
  assert.deepEqual([max(mended), mended.refused()], [7, []]);
  rmSync(path);
  mended.refresh();
  writeFileSync(path, 'broken: [');
  const removed = open();
  assert.deepEqual(
    [names(removed), removed.refused()[0]?.lastGood],
    [[], false],
    'what was removed meanwhile does not come again',
  );
});

test('a directory that cannot be looked into when an agent starts is in force as it last was', (t) => {
  const { dir, open } = setUp(t);
  writeFileSync(join(dir, 'good.yaml'), one('good'));
  open().close();
  rmSync(dir, { recursive: true });
  writeFileSync(dir, '');
  assert.deepEqual(names(open()), ['good']);
});

test('good files that cannot be kept, or were kept in a broken file, are told once, and are in force', (t) => {
  const { parent, dir, told, open } = setUp(t);
  writeFileSync(join(parent, 'policy-files.json'), '{');
  writeFileSync(join(dir, 'good.yaml'), one('good'));
  assert.deepEqual(names(open()), ['good']);
  assert.deepEqual(told, ['warning ']);
  rmSync(join(parent, 'policy-files.json'));
  mkdirSync(join(parent, 'policy-files.json', 'in the way'), { recursive: true });
  writeFileSync(join(dir, 'other.yaml'), one('other'));
  told.length = 0;
  const store = open();
  store.refresh();
  assert.deepEqual(names(store), ['good', 'other']);
  assert.equal(told.filter((line) => line === 'warning ').length, 2, 'it cannot be read, and not be written');
});

test('a policy of the API that somebody broke is told, put anew or removed', (t) => {
  const { ownDir, open } = setUp(t);
  writeFileSync(join(ownDir, 'a.yaml'), 'broken: [');
  writeFileSync(join(ownDir, 'b.yaml'), 'broken: [');
  const store = open();
  assert.equal(store.refused().length, 2);
  store.put('a', one('a'));
  store.remove('b');
  assert.deepEqual(store.refused(), []);
  assert.deepEqual(names(store), ['a']);
  assert.throws(() => store.remove('b'), { code: 'POLICY_NOT_FOUND' });
  const again = open();
  assert.deepEqual([names(again), again.refused()], [['a'], []]);
});

test('what cannot be kept is not in force, and leaves nothing behind', (t) => {
  const { ownDir, open } = setUp(t);
  const store = open();
  rmSync(ownDir, { recursive: true });
  writeFileSync(ownDir, '');
  assert.throws(() => store.put('a', one('a')), { code: 'KERNEL', message: /ENOTDIR/ });
  assert.deepEqual(names(store), []);
});

test('limits are looked after however the policies fail', async () => {
  const clock = new FakeClock();
  const faults: unknown[] = [];
  let looks = 0;
  const broken = {
    refresh: () => {
      throw new Error('the disk');
    },
  };
  const end = keepPolicies(
    broken,
    {
      reassert: async () => {
        looks += 1;
      },
    },
    { clock, intervalMs: 1000, onFault: (error) => faults.push(error) },
  );
  for (let turn = 0; turn < 3; turn += 1) {
    clock.advance(1000);
    await new Promise((resume) => setImmediate(resume));
  }
  end();
  assert.ok(looks >= 3, `${looks} looks`);
  assert.equal(faults.length, looks);
});
