import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfText, bytesText, durationText, percentText, plainText, usecText } from '#agent/page/view/format.js';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test('bytes have three figures at most and a unit', () => {
  const texts = [0, 999, 1000, 1024, 1536, 10 * 1024, 999 * 1024, 1 << 20, 48 << 20, 2 ** 40].map((bytes) =>
    plain(bytesText(bytes)),
  );
  assert.deepEqual(texts, [
    '0 B',
    '999 B',
    '0.98 KiB',
    '1.00 KiB',
    '1.50 KiB',
    '10.0 KiB',
    '999 KiB',
    '1.00 MiB',
    '48.0 MiB',
    '1.00 TiB',
  ]);
  assert.equal(plain(bytesOfText(45 << 20, 48 << 20)), '45.0 of 48.0 MiB');
  assert.equal(plain(bytesOfText(272 << 10, 64 << 20)), '272 KiB of 64.0 MiB');
});

test('percent, durations', () => {
  assert.deepEqual(
    [0, 0.04, 9.94, 10, 99.6].map((value) => plain(percentText(value))),
    ['0 %', '0.0 %', '9.9 %', '10 %', '100 %'],
  );
  assert.deepEqual([-5, 900, 59_000, 61_000, 7_200_000, 90_000_000].map(durationText), [
    '0 s',
    '1 s',
    '59 s',
    '1 min',
    '2 h',
    '1 d',
  ]);
  assert.deepEqual([5, 1500, 2_500_000].map(usecText), ['5 µs', '1.5 ms', '2.50 s']);
});

test('what turns, hides or breaks text is shown instead', () => {
  assert.equal(plainText('a\u202eb\u0000\u001b[0m\u2028\u200d'), 'a⟨202E⟩b⟨0000⟩⟨001B⟩[0m⟨2028⟩⟨200D⟩');
  assert.equal(plainText('übung 家 مرحبا 😀'), 'übung 家 مرحبا 😀');
});
