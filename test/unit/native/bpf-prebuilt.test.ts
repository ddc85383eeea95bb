import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { BPF_PROGRAMS } from '#native/bpf-features.js';

const ROOT = resolve(import.meta.dirname, '../../../..');
const SOURCES = join(ROOT, 'native/bpf');

interface Manifest {
  objects: Record<string, { sources: string; object: string }>;
}

const hash = (...paths: string[]) => {
  const digest = createHash('sha256');
  for (const path of paths) digest.update(readFileSync(path));
  return digest.digest('hex');
};

test('the BPF objects that are shipped are those of the sources: npm run build makes them, commit native/bpf/prebuilt', () => {
  const { objects } = JSON.parse(readFileSync(join(SOURCES, 'prebuilt/manifest.json'), 'utf8')) as Manifest;
  const names = readdirSync(SOURCES).flatMap((name) => (name.endsWith('.bpf.c') ? [name.slice(0, -'.bpf.c'.length)] : []));
  assert.deepEqual(Object.keys(objects).toSorted(), names.toSorted());
  for (const name of names) {
    const sources = hash(join(SOURCES, `${name}.bpf.c`), join(SOURCES, 'kernel.h'), join(SOURCES, 'tsgov.h'));
    assert.equal(objects[name]?.sources, sources, `${name}.bpf.c was changed and not built`);
    assert.equal(objects[name]?.object, hash(join(SOURCES, `prebuilt/${name}.bpf.o`)), `${name}.bpf.o is another file`);
  }
});

test('doctor has a line for every object', () => {
  const known = BPF_PROGRAMS.map(({ object }) => object).toSorted();
  const shipped = readdirSync(join(SOURCES, 'prebuilt')).filter((name) => name.endsWith('.bpf.o'));
  assert.deepEqual(known, shipped.toSorted());
});
