import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, ROOT, run } from './command.mjs';
import { say } from './say.mjs';
import { BPF_NEEDS, ensureApt } from './setup.mjs';

const SOURCES = join(ROOT, 'native/bpf');
const PREBUILT = join(SOURCES, 'prebuilt');
const MANIFEST = join(PREBUILT, 'manifest.json');
const DIST = join(ROOT, 'dist/native/bpf');

/**
 * Puts the BPF objects into dist/native/bpf. They are shipped prebuilt, as clang is large: one whose sources are not those recorded in
 * native/bpf/prebuilt/manifest.json is compiled anew, and is to be committed with them. test/unit/native/bpf-prebuilt.test.ts checks it.
 */
export function ensureBpf() {
  const known = existsSync(MANIFEST) ? JSON.parse(readFileSync(MANIFEST, 'utf8')).objects : {};
  const names = readdirSync(SOURCES)
    .filter((name) => name.endsWith('.bpf.c'))
    .map((name) => name.slice(0, -'.bpf.c'.length))
    .sort();
  const stale = names.filter((name) => known[name]?.sources !== sourcesHash(name) || known[name]?.object !== objectHash(name));
  if (stale.length > 0) {
    ensureApt(BPF_NEEDS);
    for (const name of stale) compile(name);
    const objects = Object.fromEntries(names.map((name) => [name, { sources: sourcesHash(name), object: objectHash(name) }]));
    const compiler = output('clang', ['--version'])?.split('\n')[0] ?? 'clang';
    writeFileSync(MANIFEST, `${JSON.stringify({ compiler, objects }, undefined, 2)}\n`);
    say(`BPF objects compiled: ${stale.join(', ')}; commit native/bpf/prebuilt`);
  }
  mkdirSync(DIST, { recursive: true });
  for (const name of names) {
    const to = join(DIST, `${name}.bpf.o`);
    if (existsSync(to) && hash([to]) === objectHash(name)) continue;
    copyFileSync(join(PREBUILT, `${name}.bpf.o`), `${to}.${process.pid}`);
    renameSync(`${to}.${process.pid}`, to);
  }
}

/** BTF and its line table stay (CO-RE needs them); bpftool leaves the DWARF out, which would name this machine's paths. */
function compile(name) {
  const object = join(PREBUILT, `${name}.bpf.o`);
  const whole = join(PREBUILT, `${name}.tmp.o`);
  mkdirSync(PREBUILT, { recursive: true });
  const flags = ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-fdebug-compilation-dir=.', '-Wall', '-Wextra', '-Werror', '-I.'];
  run('clang', [...flags, '-c', `${name}.bpf.c`, '-o', whole], { cwd: SOURCES });
  run('/usr/sbin/bpftool', ['gen', 'object', object, whole]);
  rmSync(whole);
}

function sourcesHash(name) {
  return hash([join(SOURCES, `${name}.bpf.c`), join(SOURCES, 'kernel.h'), join(SOURCES, 'tsgov.h')]);
}

function objectHash(name) {
  const path = join(PREBUILT, `${name}.bpf.o`);
  return existsSync(path) ? hash([path]) : undefined;
}

function hash(paths) {
  const digest = createHash('sha256');
  for (const path of paths) digest.update(readFileSync(path));
  return digest.digest('hex');
}
