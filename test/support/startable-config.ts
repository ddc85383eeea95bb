import { chownSync } from 'node:fs';
import type { OciConfig } from '#runtime/spec/oci.js';

/** The smallest config.json that starts: what `runc spec` writes, less what a test machine lacks. */
export function startable(rootfs: string): OciConfig {
  chownSync(rootfs, 0, 0);
  return {
    ociVersion: '1.0.2',
    root: { path: rootfs },
    process: { user: { uid: 0, gid: 0 }, args: ['/bin/true'], env: ['PATH=/bin'], cwd: '/' },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    ],
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }, { type: 'network' }, { type: 'uts' }, { type: 'ipc' }] },
  };
}
