import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOUNT_ATTR as A, PROPAGATION as P, parseMountOptions } from '#runtime/spec/mount-options.js';

const parse = (...options: string[]) => parseMountOptions({ destination: '/x', type: 'tmpfs', options });

const ATTRIBUTES: [words: string[], set: number, clear: number][] = [
  [['ro'], A.RDONLY, 0],
  [['rw'], 0, A.RDONLY],
  [['ro', 'rw'], 0, A.RDONLY],
  [['rw', 'ro'], A.RDONLY, 0],
  [['nosuid', 'nodev', 'noexec'], A.NOSUID | A.NODEV | A.NOEXEC, 0],
  [['suid', 'dev', 'exec'], 0, A.NOSUID | A.NODEV | A.NOEXEC],
  [['noatime'], A.NOATIME, A.ATIME],
  [['relatime'], 0, A.ATIME],
  [['strictatime'], A.STRICTATIME, A.ATIME],
  [['noatime', 'strictatime'], A.STRICTATIME, A.ATIME],
  [['nodiratime'], A.NODIRATIME, 0],
  [['diratime'], 0, A.NODIRATIME],
  [['nosymfollow'], A.NOSYMFOLLOW, 0],
  [['symfollow'], 0, A.NOSYMFOLLOW],
];

for (const [words, set, clear] of ATTRIBUTES) {
  test(`${words.join(',')}, and of everything beneath`, () => {
    assert.deepEqual(parse(...words).attributes, { set, clear });
    assert.deepEqual(parse(...words.map((word) => `r${word}`)).recursiveAttributes, { set, clear });
  });
}

test('propagation words, in their order', () => {
  for (const [word, type] of Object.entries(P)) {
    assert.deepEqual(parse(word, `r${word}`).propagation, [
      { type, recursive: false },
      { type, recursive: true },
    ]);
  }
});

test('binds by type or by word', () => {
  const of = (type: string | undefined, ...options: string[]) =>
    parseMountOptions({ destination: '/x', ...(type === undefined ? {} : { type }), options });
  assert.deepEqual([of('bind').bind, of('bind').recursive], [true, false]);
  assert.deepEqual([of('none', 'rbind').bind, of(undefined, 'rbind').recursive], [true, true]);
  assert.deepEqual([of('bind', 'rbind', 'bind').recursive, of('tmpfs').bind], [true, false]);
});

test('what is left belongs to the filesystem, as flag or value', () => {
  const options = parse('size=64m', 'mode=1777', 'huge', 'a=b=c', 'sync', 'lazytime', 'defaults', 'silent', '');
  assert.deepEqual(options.data, [
    { key: 'size', value: '64m' },
    { key: 'mode', value: '1777' },
    { key: 'huge', value: undefined },
    { key: 'a', value: 'b=c' },
  ]);
  assert.deepEqual(options.filesystemFlags, ['sync', 'lazytime']);
});

test('a word that JavaScript has a meaning for is no word of ours', () => {
  const { attributes, propagation, data } = parse('constructor', 'rconstructor', 'toString');
  assert.deepEqual([attributes, propagation, data.length], [{ set: 0, clear: 0 }, [], 3]);
});

test('idmap, ridmap, and what is not carried out', () => {
  assert.deepEqual([parse().idmap, parse('idmap').idmap, parse('ridmap').idmap], ['none', 'plain', 'recursive']);
  assert.deepEqual(parse('remount', 'tmpcopyup').unsupported, ['remount', 'tmpcopyup']);
});
