import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig, SETTINGS, variableOf } from '#src/cli/config/settings.js';
import { findCommand } from '#src/cli/registry.js';
import { tempDir } from '#test/support/temp.js';

function write(t: TestContext, text: string): string {
  const file = join(tempDir(t), 'config.yaml');
  writeFileSync(file, text);
  return file;
}

test('a file says what variables would', async (t) => {
  const file = write(
    t,
    `# The node's agent
root: /srv/tsgov
listen: off
reassert: 10
journal-size: 64m
metrics-label-allow: [team, "app.*"]
bpf: "off"
`,
  );
  assert.deepEqual(await readConfig(file, true), {
    TSGOV_ROOT: '/srv/tsgov',
    TSGOV_LISTEN: 'off',
    TSGOV_REASSERT: '10',
    TSGOV_JOURNAL_SIZE: '64m',
    TSGOV_METRICS_LABEL_ALLOW: 'team,app.*',
    TSGOV_BPF: 'off',
  });
  assert.deepEqual(await readConfig(write(t, '{"state": "/run/other"}'), true), { TSGOV_STATE: '/run/other' });
  for (const empty of ['', '# nothing\n', '---\n', '{}']) assert.deepEqual(await readConfig(write(t, empty), true), {});
});

test('every flag of the agent is a setting, by its own name and variable', async () => {
  const { flags } = await findCommand('agent')!.load();
  for (const [name, { help }] of Object.entries(flags)) {
    assert.ok(name in SETTINGS, name);
    assert.ok(help.endsWith(`also ${variableOf(name)}`), help);
  }
});

test('every fault is told with its place, and what would be valid; nothing of the file is taken', async (t) => {
  const file = write(
    t,
    `reassert: soon
metrics-graze: 5m
  # a comment
state: run/here
listen: [a, b]
root:
bpf: maybe
history-size: 1 cup
fanotify: {a: b}
`,
  );
  const refused = await readConfig(file, true).then(
    () => assert.fail('it was taken'),
    (error: Error & { code: string }) => error,
  );
  assert.equal(refused.code, 'CONFIG_INVALID');
  assert.equal(
    refused.message,
    `${file}:6:6: root: want a value, or a list of values\n${file}:9:11: fanotify: want a value, or a list of values`,
  );
  const rest = write(
    t,
    'reassert: soon\nmetrics-graze: 5m\nstate: run/here\nlisten: [a, b]\nbpf: maybe\nhistory-size: 1 cup\nhost: /a\nconstructor: /a\n',
  );
  await assert.rejects(readConfig(rest, true), (error: Error) => {
    const lines = error.message.replaceAll(`${rest}:`, '').split('\n');
    assert.match(lines[0] ?? '', /^1:11: reassert: "soon"; want .*100ms/);
    assert.equal(lines[1], '2:1: "metrics-graze" is no setting; did you mean metrics-grace?');
    assert.equal(lines[2], '3:8: state: "run/here"; want an absolute path');
    assert.equal(lines[3], '4:9: listen: this is a list; want one value');
    assert.equal(lines[4], '5:6: bpf: "maybe"; want auto or off');
    assert.match(lines[5] ?? '', /^6:15: history-size: "1 cup"; want /);
    assert.match(lines[6] ?? '', /^7:1: "host" is no setting/);
    assert.match(lines[7] ?? '', /^8:1: "constructor" is no setting/);
    return true;
  });
});

test('what is no map of settings is refused at its place', async (t) => {
  for (const [text, place] of [
    ['root: /a\nroot: /b\n', '2:1'],
    ['root: [', '1:8'],
    ['- root\n', '1:1'],
    ['root\n', '1:1'],
    ['root: *there\n', '1:7'],
  ] as const)
    await assert.rejects(readConfig(write(t, text), true), (error: Error) => {
      assert.match(error.message, new RegExp(`config\\.yaml:${place}: `), text);
      return true;
    });
});

test('the file of the default path need not be there, one that was named must', async (t) => {
  const file = join(tempDir(t), 'none.yaml');
  assert.deepEqual(await readConfig(file, false), {});
  await assert.rejects(readConfig(file, true), { code: 'CONFIG_INVALID', message: /^settings: ENOENT.*none\.yaml/ });
  await assert.rejects(readConfig(tempDir(t), false), { code: 'CONFIG_INVALID', message: /EISDIR/ });
});
