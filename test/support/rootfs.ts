import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Teardown, tempDir } from './temp.js';

const APPLETS = [
  'sh',
  'cat',
  'ls',
  'id',
  'mount',
  'umount',
  'stat',
  'readlink',
  'sleep',
  'echo',
  'touch',
  'pwd',
  'grep',
  'wc',
  'hostname',
  'mknod',
  'chmod',
  'true',
  'df',
  'dd',
  'ps',
];

/** A rootfs of one static busybox and whatever `spoil` does to it. */
export function busyboxRootfs(t: Teardown, spoil: (dir: string) => void = () => undefined): string {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'bin'));
  copyFileSync('/bin/busybox', join(dir, 'bin/busybox'));
  for (const name of APPLETS) symlinkSync('busybox', join(dir, 'bin', name));
  spoil(dir);
  return dir;
}
