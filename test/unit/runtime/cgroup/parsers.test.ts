import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';
import { parseLimit, parseNumber } from '#runtime/cgroup/interface-file.js';
import { parseBlkioStat, parseIoStat } from '#runtime/cgroup/io-stat.js';
import { parsePsi } from '#runtime/cgroup/psi.js';

const bytes = (text: string) => Buffer.from(text);

describe('flat-keyed files', () => {
  test('values by key, missing keys absent, other keys passed over', () => {
    const keyed = new FlatKeyed(['anon', 'file', 'nothing']);
    assert.deepEqual(keyed.record(bytes('anon 4096\nother 7\nfile 12\n')), { anon: 4096, file: 12 });
  });

  test('a key that starts like another is not it', () => {
    assert.deepEqual(new FlatKeyed(['oom']).record(bytes('oom_kill 3\noom 1\noom_group_kill 2\n')), { oom: 1 });
  });

  test('what it learned of the order does no harm when the order changes', () => {
    const keyed = new FlatKeyed(['a', 'b', 'c']);
    assert.deepEqual(keyed.record(bytes('a 1\nb 2\nc 3\n')), { a: 1, b: 2, c: 3 });
    assert.deepEqual(keyed.record(bytes('c 3\nx 9\na 1\nb 2\n')), { a: 1, b: 2, c: 3 });
    assert.deepEqual(keyed.record(bytes('')), {});
  });

  test('the last line may lack its newline, a line its value', () => {
    const keyed = new FlatKeyed(['a', 'b']);
    assert.deepEqual(keyed.record(bytes('a 1\nb 22')), { a: 1, b: 22 });
    assert.deepEqual(keyed.record(bytes('a\nb 2\n')), { a: 0, b: 2 });
  });

  test('any file gives what splitting its text gives', () => {
    const key = fc.stringMatching(/^[a-z_.]{1,12}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(key, fc.maxSafeNat()), { selector: ([name]) => name }),
        fc.array(key),
        (lines, asked) => {
          const text = lines.map(([name, value]) => `${name} ${value}\n`).join('');
          const wanted = Object.fromEntries(lines.filter(([name]) => asked.includes(name)));
          assert.deepEqual(new FlatKeyed([...new Set(asked)]).record(bytes(text)), wanted);
        },
      ),
    );
  });
});

describe('single values', () => {
  const LIMITS: readonly [string, number | 'max' | undefined][] = [
    ['max\n', 'max'],
    ['0\n', 0],
    ['67108864\n', 67108864],
    ['-1\n', 'max'],
    ['9223372036854771712\n', 'max'],
    ['9223372036854710272\n', 'max'],
    ['', undefined],
    ['idle\n', undefined],
  ];
  for (const [text, value] of LIMITS) test(`limit ${JSON.stringify(text)}`, () => assert.equal(parseLimit(bytes(text)), value));
  test('numbers are exact to 2^53', () => assert.equal(parseNumber(bytes('9007199254740991\n')), Number.MAX_SAFE_INTEGER));
  test('no number is NaN', () => assert.ok(Number.isNaN(parseNumber(bytes('x')))));
});

test('a pressure file', () => {
  const text = 'some avg10=1.57 avg60=0.72 avg300=0.35 total=5178449\nfull avg10=0.00 avg60=100.00 avg300=12.05 total=0\n';
  assert.deepEqual(parsePsi(bytes(text)), {
    some: { avg10: 1.57, avg60: 0.72, avg300: 0.35, totalUsec: 5178449 },
    full: { avg10: 0, avg60: 100, avg300: 12.05, totalUsec: 0 },
  });
  assert.deepEqual(parsePsi(bytes('')), {});
  assert.deepEqual(parsePsi(bytes('some avg10=1')), {}, 'a line cut short is no line');
});

describe('I/O figures', () => {
  test('io.stat, with cost words and disks without figures', () => {
    const text =
      '8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=5 dios=6 cost.usage=1 cost.wait=2\n' +
      '8:0 \n254:48 rbytes=9 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n';
    assert.deepEqual(parseIoStat(bytes(text)), [
      { major: 8, minor: 16, readBytes: 1459200, writeBytes: 314773504, reads: 192, writes: 353, discardBytes: 5, discards: 6 },
      { major: 254, minor: 48, readBytes: 9, writeBytes: 0, reads: 1, writes: 0, discardBytes: 0, discards: 0 },
    ]);
    assert.deepEqual(parseIoStat(bytes('')), []);
  });

  test('v1’s pair of files, either of which may be missing', () => {
    const lines = (read: number, write: number) =>
      `8:0 Read ${read}\n8:0 Write ${write}\n8:0 Sync 1\n8:0 Async 2\n8:0 Discard 3\n8:0 Total 4\nTotal 4\n`;
    assert.deepEqual(parseBlkioStat(bytes(lines(4096, 8192)), bytes(lines(1, 2))), [
      { major: 8, minor: 0, readBytes: 4096, writeBytes: 8192, reads: 1, writes: 2, discardBytes: 3, discards: 3 },
    ]);
    assert.equal(parseBlkioStat(undefined, bytes(lines(1, 2)))[0]?.writes, 2);
    assert.deepEqual(parseBlkioStat(bytes('Total 0\n'), undefined), []);
  });
});
