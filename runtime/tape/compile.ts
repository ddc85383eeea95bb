import type { OciConfig } from '#runtime/spec/oci.js';
import { TapeBuilder } from './compile-builder.js';
import { joinCgroups, openCgroups } from './compile-cgroups.js';
import type { CompileContext } from './compile-context.js';
import { addDevices } from './compile-devices.js';
import { addHooks } from './compile-hooks.js';
import { checkHost } from './compile-host.js';
import { finishMounts, hidePaths, mountAll } from './compile-mounts.js';
import { enterNamespaces, namespacePlan, writeIdMaps } from './compile-namespaces.js';
import { configureNamespaces, openProc, ownStdio, runProcess, writeOomScore } from './compile-process.js';
import { attachRoot } from './compile-root.js';
import { openSources } from './compile-sources.js';
import { addTerminal } from './compile-terminal.js';
import { CLONE } from './kernel-words.js';
import type { Tape } from './ops.js';

/**
 * A validated config.json → the tape that makes the container and executes its process (pure). Every op carries the field of
 * config.json it comes from. Throws SPEC_UNSUPPORTED where this host cannot carry a field, before anything is set up.
 *
 * The parent half opens all that is the node's, while it still has the node's rights and paths, and clones the init process into
 * its cgroup and namespaces; the child half joins the v1 hierarchies, builds its root from what it was handed, changes into it, waits
 * at gate 1, drops its rights and executes.
 */
export function compileLaunch(spec: OciConfig, context: CompileContext): Tape {
  checkHost(spec, spec.process, context);
  const tape = new TapeBuilder(0);
  const namespaces = namespacePlan(spec);
  const hooks = spec.hooks ?? {};
  const parentHooks = (hooks.prestart?.length ?? 0) + (hooks.createRuntime?.length ?? 0) > 0;

  const proc = openProc(tape);
  writeOomScore(tape, proc, spec.process);
  ownStdio(tape, spec, spec.process);
  const cgroups = openCgroups(tape, context.cgroup);
  const entered = enterNamespaces(tape, namespaces, spec, proc);
  const sources = openSources(tape, spec, context, entered.userSlot);
  entered.join();

  const go = pipe(tape);
  const ready = parentHooks ? pipe(tape) : undefined;
  const child = (): void => {
    tape.close('', go.write);
    if (ready !== undefined) tape.close('', ready.read);
    joinCgroups(tape, cgroups);
    if (namespaces.cgroup.path !== undefined)
      tape.add(namespaces.cgroup.origin, { op: 'setns', fd: entered.cgroupSlot as number, flags: CLONE.NEWCGROUP });
    if (namespaces.user.wanted) tape.add('linux.namespaces', { op: 'waitPeer', read: go.read });
    if (namespaces.cgroup.fresh) tape.add(namespaces.cgroup.origin, { op: 'unshare', flags: BigInt(CLONE.NEWCGROUP) });
    tape.add('process', { op: 'setsid' });
    tape.add('process.user.umask', { op: 'umask', mask: 0 });
    const root = attachRoot(tape, spec, context, sources, namespaces.user.wanted);
    mountAll(tape, spec, context, root, sources);
    addDevices(tape, spec, root, namespaces.user.wanted, context);
    if (!namespaces.user.wanted) tape.add('', { op: 'waitPeer', read: go.read });
    if (ready !== undefined) {
      tape.add('hooks', { op: 'signalPeer', write: ready.write });
      tape.add('hooks', { op: 'waitPeer', read: go.read });
    }
    addHooks(tape, 'createContainer', spec, context);
    configureNamespaces(tape, spec, namespaces, proc);
    hidePaths(tape, spec, root);
    finishMounts(tape, spec, root);
    addTerminal(tape, spec.process);
    runProcess(tape, spec, spec.process, context, proc, { gate: true, init: true });
  };
  const parent = (): void => {
    tape.close('', go.read);
    if (ready !== undefined) tape.close('', ready.write);
    if (namespaces.user.fresh) writeIdMaps(tape, spec);
    tape.add('', { op: 'reportPid' });
    tape.add('', { op: 'signalPeer', write: go.write });
    if (ready !== undefined) {
      tape.add('hooks', { op: 'waitPeer', read: ready.read });
      addHooks(tape, 'prestart', spec, context);
      addHooks(tape, 'createRuntime', spec, context);
      tape.add('hooks', { op: 'signalPeer', write: go.write });
    }
    tape.add('', { op: 'finish' });
  };
  tape.fork('linux.namespaces', { flags: namespaces.cloneFlags, cgroup: cgroups.v2 }, child, parent);
  return tape.finish();
}

function pipe(tape: TapeBuilder): { read: number; write: number } {
  const ends = { read: tape.slot(''), write: tape.slot('') };
  tape.add('', { op: 'pipe', ...ends });
  return ends;
}
