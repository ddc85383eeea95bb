import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadLibseccomp } from '#native/libseccomp.js';
import { type CgroupSet, directories, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { removeCgroup } from '#runtime/cgroup/remove-cgroup.js';
import { exec } from '#runtime/container/exec.js';
import type { ExitRecord } from '#runtime/container/exit-record.js';
import type { RuntimeHost } from '#runtime/container/host.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { buildSpec } from '#runtime/spec/build.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import type { OciConfig, OciProcess } from '#runtime/spec/oci.js';
import { readFileInRoot } from '#runtime/spec/rootfs-files.js';
import { SeccompPrograms } from '#runtime/spec/seccomp.js';
import type { SpecHost } from '#runtime/spec/spec-host.js';
import { compileLaunch } from '#runtime/tape/compile.js';
import type { CompileContext } from '#runtime/tape/compile-context.js';
import { compileExec } from '#runtime/tape/compile-exec.js';
import { collect, criLines, type Launched, launched, logged, shimHost } from './shim-host.js';
import { specHost } from './spec-host.js';
import { type Teardown, tempCgroupParent, tempDir } from './temp.js';

/** A container's whole life through spec, tape, cgroup and shim, without an agent. */
export interface RunHost {
  runtime: RuntimeHost;
  programs: SeccompPrograms;
  t: Teardown;
}

export async function runHost(t: Teardown): Promise<RunHost> {
  return { runtime: await shimHost(t), programs: new SeccompPrograms(await loadLibseccomp()), t };
}

/** What came of a run: exit record, output, and how it was refused when it was. */
export interface RunResult {
  exitCode: number | undefined;
  stdout: string;
  stderr: string;
  /** The message of what went wrong before the command ran. */
  refused: string | undefined;
  warnings: readonly string[];
  spec: OciConfig;
}

/** Runs a config to its end. */
export async function runConfig(
  host: RunHost,
  config: Omit<ContainerConfig, 'id'>,
  facts: Partial<SpecHost> = {},
): Promise<RunResult> {
  const started = startConfig(host, config, facts);
  return started.result();
}

export interface Started {
  launched: Launched;
  spec: OciConfig;
  /** Waits for the end. */
  result(): Promise<RunResult>;
  /** Runs another process in it. */
  exec(process: Partial<OciProcess>): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

/** Starts a config; `result` must be waited for. */
export function startConfig(host: RunHost, config: Omit<ContainerConfig, 'id'>, facts: Partial<SpecHost> = {}): Started {
  const containerDir = tempDir(host.t);
  for (const name of ['rootfs', 'upper', 'work']) mkdirSync(join(containerDir, name));
  const spec = buildSpec(
    { id: basename(containerDir), ...config },
    { ...specHost(containerDir), readRootFile: readFileInRoot, ...facts },
  );
  return startSpec(host, spec, containerDir);
}

/** Starts a config.json. */
export function startSpec(host: RunHost, spec: OciConfig, bundleDir: string): Started {
  const cgroup = cgroupOf(host.t);
  const context = compileContext(host, basename(bundleDir), bundleDir, cgroup);
  const terminal = spec.process.terminal === true;
  const run = launched(host.t, host.runtime, { tape: compileLaunch(spec, context), tty: terminal });
  run.process.started.catch(() => undefined);
  const result = async (): Promise<RunResult> => {
    let refused: string | undefined;
    await run.process.started.catch((error: Error) => {
      refused = error.message;
    });
    const record = await run.record().catch((): ExitRecord | undefined => undefined);
    const lines = criLines(run.logPath);
    return {
      exitCode: record?.exitCode,
      stdout: logged(lines, 'stdout').toString(),
      stderr: logged(lines, 'stderr').toString(),
      refused,
      warnings: run.process.warnings,
      spec,
    };
  };
  return {
    launched: run,
    spec,
    result,
    async exec(asked) {
      const process = { ...spec.process, ...asked };
      const started = exec(
        {
          id: 'exec',
          tape: compileExec(spec, process, context),
          stateDir: join(tempDir(host.t), 'exec'),
          containerStateDir: run.stateDir,
          tty: process.terminal === true,
          attach: ATTACH.stdout | ATTACH.stderr,
        },
        host.runtime,
      );
      const out = Promise.all([collect(started.streams.stdout), collect(started.streams.stderr)]);
      await started.process.started;
      const end = await started.process.exited;
      const [stdout, stderr] = await out;
      return { exitCode: end.lost ? -1 : end.exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    },
  };
}

/** A cgroup of the test's own in every hierarchy, gone with it. */
function cgroupOf(t: Teardown): CgroupSet {
  const parent = tempCgroupParent(t);
  const set = createCgroup(detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }), `${parent}/c`, {});
  t.after(() => removeCgroup(set, { clock: monotonicClock }));
  return set;
}

export function compileContext(host: RunHost, id: string, bundleDir: string, cgroup: CgroupSet): CompileContext {
  const v1 = directories(cgroup).filter(({ hierarchy }) => hierarchy.version === 1);
  return {
    id,
    bundleDir,
    cgroup: {
      v1: v1.map(({ hierarchy, dir }) => ({ name: basename(hierarchy.mount), dir })),
      v2Dir: directoryOf(cgroup, 'unified'),
    },
    seccompProgram: (profile) => host.programs.program(profile),
    hostCapabilities: BigInt(`0x${/^CapBnd:\t(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`),
    kernel: [6, 1],
    arch: process.arch,
  };
}
