import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClickCounter } from '#src/top/terminal/clicks.js';
import { type Decoded, KeyDecoder } from '#src/top/terminal/decode-keys.js';

const keys = (inputs: readonly Decoded[]) => inputs.map((input) => (input.kind === 'key' ? input.key : input.kind));

test('what xterm, screen, tmux and the kernel’s console send', () => {
  for (const [bytes, wanted] of [
    ['q', ['q']],
    ['Lé漢😀', ['L', 'é', '漢', '😀']],
    [' \t\r\x7f\b', ['space', 'tab', 'enter', 'backspace', 'backspace']],
    ['\x03\x0c\x1a', ['C-c', 'C-l', 'C-z']],
    ['\x1b[A\x1bOB\x1b[C\x1bOD', ['up', 'down', 'right', 'left']],
    ['\x1b[H\x1b[4~\x1b[1~\x1bOF', ['home', 'end', 'home', 'end']],
    ['\x1b[5~\x1b[6~\x1b[2~\x1b[3~\x1b[Z', ['pageup', 'pagedown', 'insert', 'delete', 'backtab']],
    ['\x1b[1;5A\x1b[5;2~', ['up', 'pageup']],
    ['\x1bOP\x1b[11~\x1b[[A\x1b[24~', ['f1', 'f1', 'f1', 'f12']],
    ['\x1b[200~rm -rf\r\x1b[201~j', ['paste', 'j']],
    ['\x1b[?1;2cj', ['j']],
    ['\x1b[99~\x1b[[Zj', ['j']],
  ] as const)
    assert.deepEqual(keys(new KeyDecoder().feed(bytes)), wanted, JSON.stringify(bytes));
});

test('the mouse by SGR and X10 reports: the left button pressed, and the wheel; nothing else', () => {
  const decoder = new KeyDecoder();
  assert.deepEqual(decoder.feed('\x1b[<0;5;3M\x1b[<0;5;3m\x1b[<64;1;1M\x1b[<65;120;40M\x1b[<2;5;3M\x1b[<4;9;9M'), [
    { kind: 'mouse', action: 'press', row: 2, column: 4 },
    { kind: 'mouse', action: 'up', row: 0, column: 0 },
    { kind: 'mouse', action: 'down', row: 39, column: 119 },
    { kind: 'mouse', action: 'press', row: 8, column: 8 },
  ]);
  assert.deepEqual(decoder.feed('\x1b[M %#\x1b[M#%#'), [{ kind: 'mouse', action: 'press', row: 2, column: 4 }]);
});

test('Escape is told only when nothing follows; with a key after it both are', () => {
  const decoder = new KeyDecoder();
  assert.deepEqual(decoder.feed('\x1b'), []);
  assert.equal(decoder.waiting, true);
  assert.deepEqual(keys(decoder.flush()), ['escape']);
  assert.deepEqual(keys(decoder.feed('\x1bz')), ['escape', 'z']);
  assert.deepEqual(keys(decoder.feed('\x1b\x1b[A')), ['escape', 'up']);
  assert.equal(decoder.waiting, false);
});

test('however the bytes are cut, the same is read: an arrow never becomes a letter', () => {
  const pieces = ['q', '\x1b[A', '\x1bOB', '\x1b[5~', '\x1b[<0;5;3M', '\x1b[200~dy\x1b[201~', 'é', '\x1b[1;5D'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 8 }), (parts, cuts) => {
      const text = parts.join('');
      const decoder = new KeyDecoder();
      const told: Decoded[] = [];
      const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
      for (const [index, from] of [0, ...places].entries())
        told.push(...decoder.feed(text.slice(from, places[index] ?? text.length)));
      assert.deepEqual(told, new KeyDecoder().feed(text));
    }),
  );
});

test('a sequence that never ends holds nothing back for long', () => {
  const decoder = new KeyDecoder();
  const told = decoder.feed(`\x1b[${'1;'.repeat(40)}j`);
  assert.equal(decoder.waiting, false);
  assert.ok(told.length >= 0);
  assert.deepEqual(keys(decoder.feed('q')), ['q']);
});

test('two presses of the same cell within a moment are a double one', () => {
  let now = 0;
  const clicks = new ClickCounter(() => now);
  const press = (row: number): Decoded => clicks.counted({ kind: 'mouse', action: 'press', row, column: 1 });
  const actions: string[] = [];
  for (const [afterMs, row] of [
    [0, 1],
    [300, 1],
    [100, 1],
    [500, 1],
    [100, 2],
  ] as const) {
    now += afterMs;
    const input = press(row);
    actions.push(input.kind === 'mouse' ? input.action : '');
  }
  assert.deepEqual(actions, ['press', 'double', 'press', 'press', 'press']);
});
