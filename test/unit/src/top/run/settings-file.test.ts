import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { glyphsOf } from '#src/top/locale.js';
import { programGlobals } from '#src/top/run/program-globals.js';
import { readSettings, settingsOf, settingsPath, writeSettings } from '#src/top/run/settings-file.js';
import { tempDir } from '#test/support/temp.js';

test('settings come back as they were, and nothing else is left beside them', (t) => {
  const path = settingsPath({ XDG_CONFIG_HOME: tempDir(t) });
  assert.deepEqual(readSettings(path), {});
  const settings = { columns: ['name', 'cpu'], sort: { column: 'memory', reverse: true }, theme: 'light', vim: true };
  writeSettings(path, settings);
  writeSettings(path, settings);
  assert.deepEqual(readSettings(path), settings);
  assert.deepEqual(readdirSync(dirname(path)), ['top.json']);
});

test('XDG_CONFIG_HOME counts where it is absolute, else ~/.config', () => {
  assert.equal(settingsPath({ XDG_CONFIG_HOME: '/x' }), '/x/tsgov/top.json');
  assert.equal(settingsPath({ XDG_CONFIG_HOME: 'x', HOME: '/h' }), '/h/.config/tsgov/top.json');
  assert.equal(settingsPath({ HOME: '/h' }), join('/h', '.config/tsgov/top.json'));
});

test('what is wrong in the file is as if it was not there, and what is right beside it stays', () => {
  for (const text of ['', '{', 'null', '[]', '7']) assert.deepEqual(settingsOf(text), {});
  assert.deepEqual(settingsOf('{"columns": [1], "sort": {"column": 4}, "theme": {}, "vim": "yes"}'), {});
  assert.deepEqual(settingsOf('{"columns": [], "sort": {"column": "cpu"}, "vim": false}'), {
    sort: { column: 'cpu', reverse: false },
    vim: false,
  });
});

test('ASCII where the locale is not UTF-8, or the console cannot', () => {
  for (const [env, wanted] of [
    [{ LANG: 'en_US.UTF-8' }, 'unicode'],
    [{ LANG: 'C.utf8' }, 'unicode'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'ascii'],
    [{ LC_CTYPE: 'de_DE.UTF-8', LANG: 'C' }, 'unicode'],
    [{}, 'ascii'],
    [{ LANG: 'C.UTF-8', TERM: 'linux' }, 'ascii'],
  ] as const)
    assert.equal(glyphsOf(env), wanted, JSON.stringify(env));
});

test('a shell in a container talks to the same agent; a token is not among its arguments', () => {
  const globals = {
    root: '',
    state: '',
    host: 'https://box:1',
    hostGiven: true,
    cgroupParent: '',
    listen: '',
    ca: '/ca.pem',
    config: undefined,
    settings: {},
    demanded: {},
  };
  assert.deepEqual(programGlobals({ ...globals, token: { text: 'secret' } }), ['--host', 'https://box:1', '--ca', '/ca.pem']);
  assert.deepEqual(programGlobals({ ...globals, token: { file: '/t' }, ca: undefined }), [
    '--host',
    'https://box:1',
    '--token-file',
    '/t',
  ]);
});
