import { buildSpec } from '#runtime/spec/build.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import type { SpecHost } from '#runtime/spec/spec-host.js';
import type { CompileContext } from '#runtime/tape/compile-context.js';
import { specHost } from './spec-host.js';

/** ret ALLOW: what a filter says is not what is tested here. */
const ALLOW_ALL = Uint8Array.from([0x06, 0, 0, 0, 0, 0, 0xff, 0x7f]);
const DIR = '/var/lib/tsgov/containers/abc';
const V1 = ['cpu,cpuacct', 'memory', 'pids'].map((name) => ({ name, dir: `/sys/fs/cgroup/${name}/tsgov/abc` }));

/** What is compiled on: kernel 6.1, v1 and v2 cgroups, a seccomp profile that allows all; and these changes. */
export function context(changes: Partial<CompileContext> = {}): CompileContext {
  return {
    id: 'abc',
    bundleDir: DIR,
    cgroup: { v1: V1, v2Dir: '/sys/fs/cgroup/unified/tsgov/abc' },
    seccompProgram: () => ALLOW_ALL,
    hostCapabilities: 0x1fffeffffffn,
    kernel: [6, 1],
    arch: 'x64',
    ...changes,
  };
}

/** The spec of a config, to be compiled. */
export function built(config: Omit<ContainerConfig, 'id'>, facts: Partial<SpecHost> = {}): OciConfig {
  return buildSpec({ id: 'abc', ...config }, specHost(DIR, facts));
}
