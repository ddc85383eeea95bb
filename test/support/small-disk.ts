import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Teardown, tempDir } from './temp.js';

const BYTES = 64 << 20;

/** A disk of a test's own: a loop device with ext4 on it, mounted; gone with the test. */
export function smallDisk(t: Teardown): { number: string; dir: string } {
  const undo: (() => void)[] = [];
  // Before the directory it is in.
  t.after(() => {
    for (const step of undo.splice(0).toReversed()) step();
  });
  const parent = tempDir(t);
  const image = join(parent, 'disk.img');
  writeFileSync(image, '');
  truncateSync(image, BYTES);
  const node = run('losetup', '-f', '--show', image);
  undo.push(() => run('losetup', '-d', node));
  run('mkfs.ext4', '-q', '-F', node);
  const dir = join(parent, 'disk');
  mkdirSync(dir);
  run('mount', node, dir);
  undo.push(() => run('umount', dir));
  return { number: readFileSync(`/sys/block/${node.replace('/dev/', '')}/dev`, 'utf8').trim(), dir };
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}
