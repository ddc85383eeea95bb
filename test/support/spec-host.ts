import type { SpecHost } from '#runtime/spec/spec-host.js';

/** A node for building specs: all facts fixed, so that what is built does not depend on the machine. */
export function specHost(containerDir = '/var/lib/tsgov/containers/abc', changes: Partial<SpecHost> = {}): SpecHost {
  return {
    arch: 'x64',
    kernel: [6, 1],
    hostname: 'node',
    // All but CAP_SYS_RESOURCE.
    capabilities: 0x1fffeffffffn,
    seccomp: true,
    apparmor: false,
    containerDir,
    upper: 'disk',
    hiddenPaths: [],
    mountPoints: ['/', '/proc', '/sys', '/dev'],
    devices: () => [],
    readRootFile: () => undefined,
    readSeccompProfile: () => ({}),
    readBundle: () => {
      throw new Error('no bundle here');
    },
    ...changes,
  };
}
