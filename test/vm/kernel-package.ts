import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export interface GuestKernel {
  /** As in `uname -r`. */
  release: string;
  image: string;
  modulesDir: string;
}

/**
 * Debian's kernel behind a meta package (`linux-image-cloud-amd64`), downloaded by apt and unpacked into the cache, never installed.
 * A new kernel package is a new cache entry. Throws when apt cannot get it.
 */
export function guestKernel(metaPackage: string, cacheDir: string): GuestKernel {
  const name = dependency(metaPackage);
  const dir = join(cacheDir, name);
  if (!existsSync(dir)) unpack(name, dir);
  const release = readdirSync(join(dir, 'lib/modules'))[0];
  if (release === undefined) throw new Error(`${name} has no modules`);
  return { release, image: join(dir, 'boot', `vmlinuz-${release}`), modulesDir: join(dir, 'lib/modules', release) };
}

function dependency(metaPackage: string): string {
  let name = knownDependency(metaPackage);
  if (name === undefined) {
    execFileSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 'inherit'] });
    name = knownDependency(metaPackage);
  }
  if (name === undefined) throw new Error(`apt knows no kernel behind ${metaPackage}, after apt-get update either`);
  return name;
}

function knownDependency(metaPackage: string): string | undefined {
  const { stdout } = spawnSync('apt-cache', ['depends', metaPackage], { encoding: 'utf8' });
  return /Depends: (linux-image-\S+)/.exec(stdout)?.[1];
}

function unpack(name: string, dir: string): void {
  const work = `${dir}.part-${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    execFileSync('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', name], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const deb = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get download ${name} left no file`);
    execFileSync('dpkg', ['-x', deb, 'root'], { cwd: work });
    const release = readdirSync(join(work, 'root/lib/modules'))[0];
    // An installed package would have this done by its postinst.
    execFileSync('/usr/sbin/depmod', ['-b', join(work, 'root'), String(release)]);
    renameSync(join(work, 'root'), dir);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
