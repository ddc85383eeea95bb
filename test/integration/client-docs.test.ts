import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../../..');
/** A program and what it prints. */
const EXAMPLES = [
  ...readFileSync(join(ROOT, 'docs/client.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```\s+```text\n([\s\S]*?)```/g),
].map(([, program, output]) => ({ program: program as string, output: output as string }));
const OPTIONS = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ['node'],
};

let agent: LiveAgent;
let dir: string;
const closers: (() => void)[] = [];
before(async () => {
  dir = tempDir({ after: (work) => closers.push(work as () => void) });
  // As somebody has it who installed the package.
  mkdirSync(join(dir, 'node_modules/@types'), { recursive: true });
  symlinkSync(ROOT, join(dir, 'node_modules/tsgov'));
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(dir, 'node_modules/@types/node'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, include: ['*.ts'] }));
  for (const [index, { program }] of EXAMPLES.entries()) writeFileSync(join(dir, `example-${index}.ts`), program);
  agent = await LiveAgent.start();
});
after(async () => {
  await agent.stop();
  for (const close of closers) close();
});

test('every example of docs/client.md compiles against the package as it is published', requires({ root: true }), async () => {
  assert.ok(EXAMPLES.length >= 6);
  const programs = readFileSync(join(ROOT, 'docs/client.md'), 'utf8').match(/```ts\n/g);
  assert.equal(programs?.length, EXAMPLES.length, 'each program is followed by what it prints');
  const compile = run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', dir]);
  await compile.catch((error: { stdout: string }) => assert.fail(error.stdout));
});

for (const [index, { output }] of EXAMPLES.entries())
  test(`example ${index + 1} prints what docs/client.md says`, requires({ root: true }), async () => {
    const { stdout, stderr } = await run(process.execPath, [join(dir, `example-${index}.js`)], {
      env: agent.env,
      timeout: 60_000,
    });
    assert.deepEqual([stdout, stderr], [output, '']);
  });
