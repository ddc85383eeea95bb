import type { OciConfig, OciProcess } from '#runtime/spec/oci.js';
import { TapeBuilder } from './compile-builder.js';
import { joinCgroups, openCgroups } from './compile-cgroups.js';
import type { CompileContext } from './compile-context.js';
import { checkHost } from './compile-host.js';
import { NAMESPACE_FLAGS, namespacePlan } from './compile-namespaces.js';
import { openProc, ownStdio, runProcess, writeOomScore } from './compile-process.js';
import { addAffinity } from './compile-scheduling.js';
import { addTerminal } from './compile-terminal.js';
import { CLONE } from './kernel-words.js';
import type { Tape } from './ops.js';

/** Slot of the container's init process's pidfd, handed to the player by its starter. */
const INIT_PIDFD = 1;

/**
 * A further process in a running container (pure): `spec` is what the container was launched with, `process` what to run, as
 * validated by checkProcess. The tape has one inherited slot, the pidfd of the container's init. Needs Linux 5.8 (setns by pidfd).
 */
export function compileExec(spec: OciConfig, process: OciProcess, context: CompileContext): Tape {
  checkHost(spec, process, context);
  const tape = new TapeBuilder(1);
  const namespaces = namespacePlan(spec);
  const flags = (Object.keys(NAMESPACE_FLAGS) as (keyof typeof NAMESPACE_FLAGS)[])
    .filter((type) => namespaces[type].wanted)
    .reduce((all, type) => all | NAMESPACE_FLAGS[type], 0);
  // These take effect for children only, so they come before the clone; the others would take the node's paths and rights away.
  const beforeClone = flags & (CLONE.NEWPID | CLONE.NEWTIME);
  const proc = openProc(tape);
  writeOomScore(tape, proc, { ...process, ...oomScore(spec, process) });
  ownStdio(tape, spec, process);
  const cgroups = openCgroups(tape, context.cgroup);
  if (beforeClone !== 0) tape.add('linux.namespaces', { op: 'setns', fd: INIT_PIDFD, flags: beforeClone });
  const go = { read: tape.slot(''), write: tape.slot('') };
  tape.add('', { op: 'pipe', ...go });
  const child = (): void => {
    tape.close('', go.write);
    addAffinity(tape, 'process.execCPUAffinity.initial', process.execCPUAffinity?.initial);
    joinCgroups(tape, cgroups);
    addAffinity(tape, 'process.execCPUAffinity.final', process.execCPUAffinity?.final);
    tape.add('linux.namespaces', { op: 'setns', fd: INIT_PIDFD, flags: flags & ~beforeClone });
    if (namespaces.user.wanted) {
      tape.add('linux.uidMappings', { op: 'setUser', uid: 0, gid: 0, groups: new Uint8Array(), setGroups: 1 });
    }
    tape.add('process', { op: 'setsid' });
    addTerminal(tape, process, false);
    tape.add('', { op: 'waitPeer', read: go.read });
    // At the gate the shim has set the terminal's size, so that the command never sees 0 by 0; and past it, one that dies at once has run.
    runProcess(tape, spec, process, context, proc, { gate: true, init: false });
  };
  const parent = (): void => {
    tape.close('', go.read);
    tape.add('', { op: 'reportPid' });
    tape.add('', { op: 'signalPeer', write: go.write });
    tape.add('', { op: 'finish' });
  };
  tape.fork('process', { flags: 0n, cgroup: cgroups.v2 }, child, parent);
  return tape.finish();
}

function oomScore(spec: OciConfig, process: OciProcess): Pick<OciProcess, 'oomScoreAdj'> {
  const score = process.oomScoreAdj ?? spec.process.oomScoreAdj;
  return score === undefined ? {} : { oomScoreAdj: score };
}
