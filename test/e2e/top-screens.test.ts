import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requires } from '#test/support/requires.js';
import { foreignBytes } from '#test/support/terminal-bytes.js';
import { SCENE_SIZES, SCENES } from '#test/support/top-scenes.js';
import { pressIn, pressSlowly, topInTmux } from '#test/support/top-tmux.js';

const golden = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../test/fixtures/top/${name}.txt`, import.meta.url)), 'utf8').trimEnd();

for (const { columns, rows } of SCENE_SIZES)
  test(
    `A terminal of ${columns}x${rows} shows what the screen is meant to be, scene by scene`,
    requires({ binary: 'tmux' }),
    async (t) => {
      let tmux = await topInTmux(t, { columns, rows });
      for (const { name, keys, back } of SCENES) {
        pressIn(tmux, ...keys);
        const wanted = golden(`${name}-${columns}x${rows}`);
        await tmux
          .until(name, (screen) => screen.trimEnd() === wanted)
          .catch(() => assert.equal(tmux.screen().trimEnd(), wanted, name));
        assert.equal(foreignBytes(tmux.raw()), '', 'only what is known is written');
        if (back === undefined) {
          pressIn(tmux, 'q');
          assert.equal(await tmux.ended(), 0);
          tmux = await topInTmux(t, { columns, rows });
        } else {
          await pressSlowly(tmux, ...back);
          await tmux.until(`back from ${name}`, /live 03:12:45/);
        }
      }
    },
  );

for (const [term, glyphs, theme] of [
  ['xterm', 'ascii', 'mono'],
  ['linux', 'ascii', 'dark'],
  ['screen', 'unicode', 'light'],
] as const)
  test(
    `TERM=${term}, ${glyphs}, ${theme}: the screen is whole, and nothing else is written`,
    requires({ binary: 'tmux' }),
    async (t) => {
      const tmux = await topInTmux(t, { columns: 80, rows: 24, glyphs, theme }, { env: { TERM: term } });
      const suffix = glyphs === 'ascii' ? '-ascii' : '';
      await tmux.until('the overview', (screen) => screen.trimEnd() === golden(`overview-80x24${suffix}`));
      pressIn(tmux, 'enter');
      await tmux.until('a container', (screen) => screen.trimEnd() === golden(`container-80x24${suffix}`));
      assert.equal(foreignBytes(tmux.raw()), '');
      if (theme === 'mono') assert.doesNotMatch(tmux.raw().toString('latin1'), /\[(?:\d+;)*(?:3|4|9|10)[0-7][;m]/, 'no colour');
    },
  );

test(
  'Names with escape sequences, controls, text from right to left and emoji break nothing and reach no terminal',
  requires({ binary: 'tmux' }),
  async (t) => {
    const tmux = await topInTmux(t, { columns: 100, rows: 30, hostile: true });
    const rows = () => tmux.lines().length;
    assert.equal(rows(), 30);
    await tmux.until('its name made visible', /\\x1b\[2J\\x1b\]0;pwned\\x07/);
    // Its image in a column, then its own view, its dialogs, and the events of acts on it.
    pressIn(tmux, '/', ...'pwned', 'enter');
    await tmux.until('it alone', /1 of 9/);
    await pressSlowly(
      tmux,
      'enter',
      '2',
      '3',
      '7',
      '8',
      'escape',
      'd',
      'escape',
      'k',
      'escape',
      'p',
      'escape',
      'L',
      'escape',
      'z',
    );
    await tmux.until('the event of its freezing', /freeze \\x1b\[2J/);
    tmux.resize(200, 50);
    await tmux.until('a wider screen', () => rows() === 50 && /POLICY/.test(tmux.screen()));
    const screen = tmux.screen();
    assert.match(screen, /tsgov top node-7/);
    assert.doesNotMatch(screen, /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/);
    assert.equal(foreignBytes(tmux.raw()), '');
  },
);

test(
  '1,000 containers: a key is answered at once, a filter finds one, and the last can be reached',
  requires({ binary: 'tmux' }),
  async (t) => {
    const tmux = await topInTmux(t, { columns: 160, rows: 50, containers: 1000 });
    await tmux.until('all of them', /1000 containers/);
    pressIn(tmux, 'end');
    await tmux.until('the last', /▶ old-job-\d+/);
    pressIn(tmux, '/', ...'cache-9', 'enter');
    await tmux.until('a filter', /filter: cache-9/);
    assert.equal(tmux.lines().filter((line) => /cache-9\d*/.test(line)).length > 3, true);
    pressIn(tmux, 'escape');
    await tmux.until('all again', (screen) => !/filter:/.test(screen));
    assert.equal(foreignBytes(tmux.raw()), '');
  },
);

test(
  'Resized 200 times while it draws it stays whole, and leaves the terminal as it was',
  requires({ binary: 'tmux' }),
  async (t) => {
    const tmux = await topInTmux(t, { columns: 80, rows: 24 });
    for (let round = 0; round < 200; round += 1) {
      tmux.resize(40 + ((round * 37) % 210), 8 + ((round * 13) % 70));
      pressIn(tmux, round % 2 === 0 ? 'down' : 'enter', ...(round % 2 === 0 ? [] : ['escape']));
    }
    pressIn(tmux, 'escape');
    tmux.resize(80, 24);
    pressIn(tmux, 'home');
    await tmux.until('the first screen again', (screen) => screen.trimEnd() === golden('overview-80x24'));
    pressIn(tmux, 'q');
    assert.equal(await tmux.ended(), 0);
    const raw = await tmux.rawUntil('the screen from before', (text) => text.endsWith('\x1b[?1049l'));
    const left = raw.slice(raw.lastIndexOf('\x1b[?1049l') - 80);
    for (const mode of ['?1000l', '?1006l', '?2004l', '?7h', '?25h', '?1049l']) assert.ok(left.includes(`\x1b[${mode}`), mode);
  },
);
