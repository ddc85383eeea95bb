import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Teardown, tempDir } from '#test/support/temp.js';

const BIOME = 'node_modules/@biomejs/biome/bin/biome';

/** Lints the given files under the repository's own configuration; returns `rule file` for each finding. */
function lint(t: Teardown, files: Record<string, string>): string[] {
  const dir = tempDir(t);
  for (const name of ['biome.json', 'tsconfig.json', 'package.json']) copyFileSync(name, join(dir, name));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(dir, dirname(path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const run = spawnSync(process.execPath, [join(process.cwd(), BIOME), 'lint', '--reporter=github', '.'], {
    cwd: dir,
    encoding: 'utf8',
  });
  assert.ok(run.status === 0 || run.status === 1, `biome ended with ${run.status}: ${run.stderr}`);
  return [...run.stdout.matchAll(/^::\w+ title=lint\/\w+\/(\w+),file=([^,]+)/gm)]
    .map(([, rule, file]) => `${rule} ${file?.replace(`${dir}/`, '')}`)
    .sort();
}

const EXPORTED = 'export const x = 1;\n';
const importing = (specifier: string): string => `import { x } from '${specifier}';\n\nexport const y = x;\n`;

test('imports that go with the arrow src → agent → runtime → native are fine', (t) => {
  const found = lint(t, {
    'native/a.ts': importing('node:fs/promises'),
    'native/b.ts': importing('koffi'),
    'native/c.ts': importing('./a.js'),
    'runtime/cgroup/a.ts': importing('#native/a.js'),
    'agent/store/a.ts': importing('#runtime/cgroup/a.js'),
    'agent/contract/a.ts': EXPORTED,
    'agent/model/a.ts': importing('#agent/contract/a.js'),
    'src/cli/a.ts': importing('#agent/contract/a.js'),
    'src/cli/b.ts': importing('#agent/client.js'),
    'test/unit/a.ts': importing('#native/a.js'),
    'dashboards/a.ts': importing('#agent/contract/a.js'),
    'dashboards/b.ts': importing('@grafana/grafana-foundation-sdk/units'),
  });
  assert.deepEqual(found, []);
});

test('every import against the arrow is flagged', (t) => {
  const found = lint(t, {
    'native/a.ts': importing('#runtime/cgroup/a.js'),
    'native/b.ts': importing('yargs'),
    'runtime/a.ts': importing('#agent/main.js'),
    'runtime/b.ts': importing('koffi'),
    'agent/a.ts': importing('#src/cli/a.js'),
    'agent/b.ts': importing('#test/support/a.js'),
    'agent/model/a.ts': importing('node:fs'),
    'agent/governor/a.ts': importing('#runtime/cgroup/a.js'),
    'src/a.ts': importing('#native/a.js'),
    'src/b.ts': importing('#runtime/cgroup/a.js'),
    'src/c.ts': importing('#agent/store/a.js'),
    'src/cli/d.ts': importing('../a.js'),
    'src/cli/e.ts': importing('node:http'),
    'dashboards/a.ts': importing('#agent/metrics/a.js'),
    'dashboards/b.ts': importing('#test/support/a.js'),
  });
  const files = ['native/a', 'native/b', 'runtime/a', 'runtime/b', 'agent/a', 'agent/b', 'agent/model/a', 'agent/governor/a'];
  files.push('src/a', 'src/b', 'src/c', 'src/cli/d', 'src/cli/e', 'dashboards/a', 'dashboards/b');
  assert.deepEqual(found, files.map((file) => `noRestrictedImports ${file}.ts`).sort());
});

test('the command line asks the agent by its client, not by requests of its own', (t) => {
  const found = lint(t, { 'src/cli/a.ts': "export const a = (): Promise<Response> => fetch('http://localhost/');\n" });
  assert.deepEqual(found, ['noRestrictedGlobals src/cli/a.ts']);
});

test('a cycle is flagged, also through #room specifiers', (t) => {
  const found = lint(t, {
    'agent/store/a.ts': "import { b } from '#agent/api/b.js';\n\nexport const a = (): number => b();\n",
    'agent/api/b.ts': "import { a } from '#agent/store/a.js';\n\nexport const b = (): number => a();\n",
  });
  assert.deepEqual(found, ['noImportCycles agent/api/b.ts', 'noImportCycles agent/store/a.ts']);
});

test('a floating promise is flagged, also of a function from another room', (t) => {
  const found = lint(t, {
    'runtime/a.ts': 'export async function work(): Promise<void> {}\n',
    'agent/b.ts': "import { work } from '#runtime/a.js';\n\nexport function start(): void {\n  work();\n}\n",
  });
  assert.deepEqual(found, ['noFloatingPromises agent/b.ts']);
});

test('any, default exports, barrels, console and unused imports are flagged', (t) => {
  const found = lint(t, {
    'agent/any.ts': 'export const a: any = 1;\n',
    'agent/default.ts': 'const a = 1;\nexport default a;\n',
    'agent/all.ts': "export * from './any.js';\n",
    'agent/noise.ts': "export function f(): void {\n  console.log('x');\n}\n",
    'agent/unused.ts': "import { a } from './any.js';\n\nexport const b = 1;\n",
  });
  assert.deepEqual(found, [
    'noBarrelFile agent/all.ts',
    'noConsole agent/noise.ts',
    'noDefaultExport agent/default.ts',
    'noExplicitAny agent/any.ts',
    'noReExportAll agent/all.ts',
    'noUnusedImports agent/unused.ts',
  ]);
});
