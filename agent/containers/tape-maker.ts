import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { basename, join } from 'node:path';
import { loadLibseccomp, SeccompError } from '#native/libseccomp.js';
import { type CgroupSet, directories, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { capabilityNames, DEFAULT_CAPABILITIES } from '#runtime/spec/capabilities.js';
import type { OciConfig, OciProcess } from '#runtime/spec/oci.js';
import { SeccompPrograms } from '#runtime/spec/seccomp.js';
import { defaultSeccomp } from '#runtime/spec/seccomp-default.js';
import { compileLaunch } from '#runtime/tape/compile.js';
import type { CgroupPlacement, CompileContext } from '#runtime/tape/compile-context.js';
import { compileExec } from '#runtime/tape/compile-exec.js';
import type { Tape } from '#runtime/tape/ops.js';

/** Compiles tapes for containers of this node. */
export interface TapeMaker {
  /** Filters can be made: the node has libseccomp. */
  readonly seccomp: boolean;
  readonly facts: NodeFacts;
  launch(spec: OciConfig, id: string, bundleDir: string, cgroup: CgroupSet): Tape;
  /** Compiles the filter that most containers get, so that the first start need not wait for it (30 ms). */
  prepare(): void;
  /** A further process of a running container, joined through its init's pidfd. */
  exec(spec: OciConfig, process: OciProcess, id: string, bundleDir: string, cgroup: CgroupSet): Tape;
}

/** What the node lets tsgov do. */
export interface NodeFacts {
  /** tsgov's own bounding set. */
  hostCapabilities: bigint;
  kernel: readonly [number, number];
  arch: string;
}

/** Reads /proc once, loads libseccomp where there is one, and keeps the compiled filters. */
export async function openTapeMaker(procRoot: string): Promise<TapeMaker> {
  const facts = readNodeFacts(procRoot);
  const programs = await openPrograms();
  const contextOf = (id: string, bundleDir: string, cgroup: CgroupSet): CompileContext => ({
    id,
    bundleDir,
    cgroup: placementOf(cgroup),
    seccompProgram: (profile) => {
      if (programs instanceof SeccompError) throw programs;
      return programs.program(profile);
    },
    ...facts,
  });
  return {
    seccomp: !(programs instanceof SeccompError),
    facts,
    prepare: () => {
      if (programs instanceof SeccompError) return;
      const names = capabilityNames(facts.hostCapabilities).filter((name) => DEFAULT_CAPABILITIES.includes(name));
      programs.program(defaultSeccomp(names, facts));
    },
    launch: (spec, id, bundleDir, cgroup) => compileLaunch(spec, contextOf(id, bundleDir, cgroup)),
    exec: (spec, process, id, bundleDir, cgroup) => compileExec(spec, process, contextOf(id, bundleDir, cgroup)),
  };
}

/** A host without libseccomp runs what asks for no profile; what does ask gets this error. */
async function openPrograms(): Promise<SeccompPrograms | SeccompError> {
  try {
    return new SeccompPrograms(await loadLibseccomp());
  } catch (error) {
    if (error instanceof SeccompError && error.code === 'UNSUPPORTED') return error;
    throw error;
  }
}

function readNodeFacts(procRoot: string): NodeFacts {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(release()) ?? [];
  const bounding = /^CapBnd:\t([0-9a-f]+)$/m.exec(readFileSync(join(procRoot, 'self/status'), 'utf8'))?.[1] ?? '0';
  return { hostCapabilities: BigInt(`0x${bounding}`), kernel: [Number(major), Number(minor)], arch: process.arch };
}

function placementOf(cgroup: CgroupSet): CgroupPlacement {
  const v1 = directories(cgroup).filter(({ hierarchy }) => hierarchy.version === 1);
  return {
    v1: v1.map(({ hierarchy, dir }) => ({ name: basename(hierarchy.mount), controllers: hierarchy.controllers, dir })),
    v2Dir: directoryOf(cgroup, 'unified'),
  };
}
