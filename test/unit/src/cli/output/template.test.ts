import assert from 'node:assert/strict';
import { test } from 'node:test';
import { templateOf } from '#src/cli/output/template.js';

const VIEW = {
  id: 'abc',
  name: 'web',
  labels: { tier: 'front', 'a.b/c': 'x' },
  command: ['sleep', '5'],
  state: { status: 'frozen', pid: 12, exitCode: null, oomKilled: false },
  limits: { memory: { max: 64 } },
};
const draw = (template: string, value: unknown = VIEW) => templateOf(template)!([value]);

for (const [template, expected] of [
  ['{{.State.Status}}', 'frozen\n'],
  ['{{ .state.pid }}', '12\n'],
  ['{{.ID}} {{.Names}}', 'abc web\n'],
  ['{{.Id}}\\t{{.Name}}', 'abc\tweb\n'],
  ['{{.State.OOMKilled}} {{.State.ExitCode}}', 'false <nil>\n'],
  ['{{.State.Running}} {{.State.Paused}} {{.State.Dead}}', 'true true false\n'],
  ['{{json .State}}', '{"status":"frozen","pid":12,"exitCode":null,"oomKilled":false}\n'],
  ['{{json .}}', `${JSON.stringify(VIEW)}\n`],
  ['{{index .Labels "a.b/c"}} {{index .Labels "none"}}', 'x <no value>\n'],
  ['{{index .Labels "constructor"}}', '<no value>\n'],
  ['{{.Command}} {{.Limits.Memory}} {{len .Command}}', '[sleep 5] map[max:64] 2\n'],
  ['{{upper .Name}} {{lower .Name}}', 'WEB web\n'],
  ['{{.Limits.Cpu.Max}}', '<no value>\n'],
] as const)
  test(`${template} draws ${JSON.stringify(expected)}`, () => assert.equal(draw(template), expected));

test('a line for each value, a table with its header where one is asked for', () => {
  const values = [
    { id: 'a', name: 'one' },
    { id: 'b', name: 'twenty' },
  ];
  assert.equal(templateOf('{{.Name}}')!(values), 'one\ntwenty\n');
  assert.equal(templateOf('{{.Name}}')!([]), '');
  assert.equal(templateOf('table {{.Names}}\\t{{.ID}}')!(values), 'NAMES    CONTAINER ID\none      a\ntwenty   b\n');
});

test('what is no template is none; what of templates is not known is said, like a field there is not', () => {
  assert.equal(templateOf('json'), undefined);
  assert.equal(templateOf(undefined), undefined);
  assert.throws(() => templateOf('{{range .Mounts}}x{{end}}'), { code: 'USAGE', message: /range \.Mounts/ });
  assert.throws(() => draw('{{.Bogus}}'), { code: 'USAGE', message: /\.Bogus/ });
});

test('no name reaches the terminal as more than text', () =>
  assert.equal(draw('{{.Name}}', { name: 'a\u001b[2Jb\nc' }), 'a\\x1b[2Jb\\nc\n'));
