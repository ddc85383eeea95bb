import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { configOf, resolveGlobals } from '#src/cli/globals.js';

const none = {
  root: undefined,
  state: undefined,
  host: undefined,
  'cgroup-parent': undefined,
  listen: undefined,
  'token-file': undefined,
  ca: undefined,
  config: undefined,
  help: undefined,
};

test('defaults', () => {
  assert.deepEqual(resolveGlobals([none], {}), {
    root: '/var/lib/tsgov',
    state: '/run/tsgov',
    host: '/run/tsgov/tsgov.sock',
    hostGiven: false,
    cgroupParent: '/tsgov',
    listen: '127.0.0.1:9477',
    token: undefined,
    ca: undefined,
    config: undefined,
    settings: {},
    demanded: {},
  });
});

test('flags win over the environment, later ones over earlier ones; an empty variable is none', () => {
  const env = {
    TSGOV_ROOT: '/env/root',
    TSGOV_STATE: '/env/state',
    TSGOV_CGROUP_PARENT: '/env',
    TSGOV_LISTEN: 'off',
    TSGOV_HOST: '',
  };
  const globals = resolveGlobals(
    [
      { ...none, root: '/first' },
      { ...none, root: '/second', 'cgroup-parent': '/flag' },
    ],
    env,
  );
  assert.deepEqual(globals, {
    root: '/second',
    state: '/env/state',
    host: '/env/state/tsgov.sock',
    hostGiven: false,
    cgroupParent: '/flag',
    listen: 'off',
    token: undefined,
    ca: undefined,
    config: undefined,
    settings: { TSGOV_ROOT: '/env/root', TSGOV_STATE: '/env/state', TSGOV_CGROUP_PARENT: '/env', TSGOV_LISTEN: 'off' },
    demanded: { root: '/second', cgroupParent: '/flag' },
  });
});

test('a host that was named is marked so: no agent is started for it', () => {
  assert.equal(resolveGlobals([none], { TSGOV_HOST: 'http://127.0.0.1:9477' }).hostGiven, true);
  assert.equal(resolveGlobals([{ ...none, host: '/x.sock' }], {}).host, '/x.sock');
});

test('a cgroup parent is from the root of the tree, with or without slashes; auto is no path', () => {
  for (const [given, means] of [
    ['tsgov-b', '/tsgov-b'],
    ['a/b/', '/a/b'],
    ['/a', '/a'],
    ['auto', 'auto'],
  ] as const) {
    assert.equal(resolveGlobals([none], { TSGOV_CGROUP_PARENT: given }).cgroupParent, means);
    assert.deepEqual(resolveGlobals([{ ...none, 'cgroup-parent': given }], {}).demanded, { cgroupParent: means });
  }
});

test('a relative --state has its socket there', () => {
  assert.equal(resolveGlobals([{ ...none, state: 'here/it/is' }], {}).host, resolve('here/it/is/tsgov.sock'));
});

test('the token: the flag, then itself, then the file of the environment', () => {
  const env = { TSGOV_TOKEN: 'word', TSGOV_TOKEN_FILE: '/env/file', TSGOV_CA: '/ca.pem' };
  assert.deepEqual(resolveGlobals([{ ...none, 'token-file': '/flag' }], env).token, { file: '/flag' });
  assert.deepEqual(resolveGlobals([none], env).token, { text: 'word' });
  assert.deepEqual(resolveGlobals([none], { ...env, TSGOV_TOKEN: '' }).token, { file: '/env/file' });
  assert.equal(resolveGlobals([none], env).ca, '/ca.pem');
});

test('what neither flags nor environment say, the settings file says; its token is the agent’s own', () => {
  const file = { TSGOV_ROOT: '/file/root', TSGOV_STATE: '/file/state', TSGOV_LISTEN: 'off', TSGOV_TOKEN_FILE: '/file/token' };
  const env = { TSGOV_ROOT: '/env/root', TSGOV_STATE: '', TSGOV_LISTEN: '127.0.0.1:1' };
  const globals = resolveGlobals([{ ...none, listen: '127.0.0.1:2' }], env, file);
  assert.deepEqual([globals.root, globals.state, globals.listen], ['/env/root', '/file/state', '127.0.0.1:2']);
  assert.equal(globals.token, undefined);
  assert.equal(globals.settings.TSGOV_TOKEN_FILE, '/file/token');
  // What the file says nobody demanded on the command line.
  assert.deepEqual(globals.demanded, {});
});

test('the settings file: the flag, the environment, /etc/tsgov/config.yaml', () => {
  const env = { TSGOV_CONFIG: '/env.yaml' };
  assert.deepEqual(configOf([{ ...none, config: '/a.yaml' }, none], env), { path: '/a.yaml', named: true });
  assert.deepEqual(configOf([none], env), { path: '/env.yaml', named: true });
  assert.deepEqual(configOf([none], { TSGOV_CONFIG: '' }), { path: '/etc/tsgov/config.yaml', named: false });
});
