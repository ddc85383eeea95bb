import { capabilityMask } from '#runtime/spec/capabilities.js';
import { INIT_ANNOTATION } from '#runtime/spec/container-config.js';
import type { OciConfig, OciIdMapping, OciProcess } from '#runtime/spec/oci.js';
import { PERSONALITIES, RLIMITS } from '#runtime/spec/process-words.js';
import { SECCOMP_FLAGS } from '#runtime/spec/seccomp-words.js';
import { sysctlPath } from '#runtime/spec/validate-sysctl.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';
import { addHooks } from './compile-hooks.js';
import type { NamespacePlan } from './compile-namespaces.js';
import { addScheduling } from './compile-scheduling.js';
import { checkProgram } from './compile-seccomp-check.js';
import { OPEN_FLAGS, PRCTL, RESOLVE, RLIM_INFINITY } from './kernel-words.js';

/** Parent half: the node's own procfs. What is written there later cannot be something an image put at /proc. */
export function openProc(tape: TapeBuilder): number {
  const out = tape.slot('process');
  tape.add('process', { op: 'open', dir: undefined, path: '/proc', flags: OPEN_FLAGS.O_PATH, mode: 0, resolve: 0, out });
  return out;
}

function writeProc(
  tape: TapeBuilder,
  origin: string,
  proc: number,
  path: string,
  text: string,
  tolerate?: readonly string[],
): void {
  const write = {
    op: 'writeFile',
    dir: proc,
    path,
    resolve: RESOLVE.NO_MAGICLINKS | RESOLVE.BENEATH,
    data: Buffer.from(text),
  } as const;
  tape.add(origin, tolerate === undefined ? write : { ...write, tolerate });
}

/** Parent half: the child inherits it. The shim's own low score is never handed on, so 0 is written when none was asked for. */
export function writeOomScore(tape: TapeBuilder, proc: number, process: OciProcess): void {
  const asked = process.oomScoreAdj;
  // Unasked, an agent that was given a high score itself may not lower it, and need not.
  writeProc(
    tape,
    'process.oomScoreAdj',
    proc,
    'self/oom_score_adj',
    String(asked ?? 0),
    asked === undefined ? ['EACCES'] : undefined,
  );
}

/** Parent half, with the node's rights: the stdio pipes belong to the user of the container, in the node's ids. */
export function ownStdio(tape: TapeBuilder, spec: OciConfig, process: OciProcess): void {
  const { uidMappings = [] } = spec.linux;
  // In another's user namespace the node's ids for the container's are not known here.
  const unknown = uidMappings.length === 0 && spec.linux.namespaces?.some((entry) => entry.type === 'user');
  if (process.terminal === true || unknown) return;
  const uid = hostId(uidMappings, process.user.uid);
  const gid = hostId(spec.linux.gidMappings ?? [], process.user.gid);
  if (uid === undefined || gid === undefined || (uid === 0 && gid === 0)) return;
  tape.add('process.user', { op: 'ownStdio', uid, gid });
}

function hostId(mappings: readonly OciIdMapping[], id: number): number | undefined {
  if (mappings.length === 0) return id;
  const range = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return range === undefined ? undefined : range.hostID + id - range.containerID;
}

/** Child half: names, sysctls and loopback of the namespaces that are the container's own. */
export function configureNamespaces(tape: TapeBuilder, spec: OciConfig, namespaces: NamespacePlan, proc: number): void {
  if (spec.hostname) tape.add('hostname', { op: 'hostname', name: spec.hostname });
  if (spec.domainname) tape.add('domainname', { op: 'domainname', name: spec.domainname });
  if (namespaces.network.fresh) tape.add(namespaces.network.origin, { op: 'loopbackUp' });
  for (const [key, value] of Object.entries(spec.linux.sysctl ?? {})) {
    writeProc(tape, `linux.sysctl[${JSON.stringify(key)}]`, proc, `sys/${sysctlPath(key)}`, value);
  }
}

/**
 * Child half, in the container's root: from a runtime with all rights to the user's command with those it is given. startContainer hooks
 * run with the container's rights already, as runc and crun have it.
 */
export function runProcess(
  tape: TapeBuilder,
  spec: OciConfig,
  process: OciProcess,
  context: CompileContext,
  proc: number,
  kind: { gate: boolean; init: boolean },
): void {
  tape.add('process', { op: 'joinKeyring', name: `_ses.${context.id}`, tolerate: ['ENOSYS'] });
  const { personality } = spec.linux;
  if (personality !== undefined)
    tape.add('linux.personality', { op: 'personality', persona: PERSONALITIES[personality.domain] ?? 0n });
  (process.rlimits ?? []).forEach(({ type, soft, hard }, index) => {
    const op = { op: 'rlimit', resource: RLIMITS[type] as number, soft: rlim(soft), hard: rlim(hard) } as const;
    tape.add(`process.rlimits[${index}]`, { ...op, tolerate: ['EPERM'] });
  });
  addScheduling(tape, process);
  if (kind.gate) tape.add('process', { op: 'gate', id: 1 });
  if (process.apparmorProfile) {
    writeProc(tape, 'process.apparmorProfile', proc, 'self/attr/exec', `exec ${process.apparmorProfile}`);
  }
  dropRights(tape, spec, process, context, kind.init);
}

/** 2^64 - 1 in JSON reads as 2^64. */
const rlim = (value: number): bigint => (value >= 2 ** 63 ? RLIM_INFINITY : BigInt(value));

/**
 * User, capabilities, no_new_privs and seccomp. A filter may be set by who has CAP_SYS_ADMIN, or by anyone under no_new_privs: with
 * that it comes last. Without it, and when the process does not keep CAP_SYS_ADMIN, that one capability is held until the filter is
 * in force, and only its own dropping is left to do under it.
 */
function dropRights(tape: TapeBuilder, spec: OciConfig, process: OciProcess, context: CompileContext, init: boolean): void {
  const sets = process.capabilities ?? {};
  const mask = (set: keyof typeof sets): bigint => capabilityMask(sets[set] ?? []);
  const final = { effective: mask('effective'), permitted: mask('permitted'), inheritable: mask('inheritable') };
  const { seccomp } = spec.linux;
  const noNewPrivs = process.noNewPrivileges === true;
  const user = process.user;
  const cwd = (create: number): void => tape.add('process.cwd', { op: 'chdir', path: process.cwd, create });
  const capabilities = (): void => {
    tape.add('process.capabilities', { op: 'capSet', ...final });
    // The kernel raises only what is permitted and inheritable; `runc spec` writes more, and every runtime goes on without.
    const ambient = mask('ambient') & final.permitted & final.inheritable;
    if (ambient !== 0n) tape.add('process.capabilities.ambient', { op: 'capAmbient', raise: ambient });
  };

  tape.add('process.user.umask', { op: 'umask', mask: user.umask ?? 0o022 });
  if (user.uid === 0) cwd(0);
  else tape.add('process.cwd', { op: 'chdir', path: process.cwd, create: 0, tolerate: ['EACCES', 'EPERM'] });
  tape.add('process.capabilities.bounding', { op: 'capBounding', keep: mask('bounding') });
  if (user.uid !== 0) tape.add('process.user', prctl(PRCTL.PR_SET_KEEPCAPS, 1));
  tape.add('process.user', {
    op: 'setUser',
    uid: user.uid,
    gid: user.gid,
    groups: u32List(user.additionalGids ?? []),
    setGroups: 1,
  });
  if (user.uid !== 0) {
    tape.add('process.user', prctl(PRCTL.PR_SET_KEEPCAPS, 0));
    cwd(CHDIR_UNLESS_DONE);
  }
  // What they execute is the image's: they are the container's user, and the bounding set is the most they get.
  if (init) addHooks(tape, 'startContainer', spec, context);
  tape.add('process', { op: 'closeRest' });
  if (seccomp !== undefined && !noNewPrivs && (final.effective & CAP_SYS_ADMIN) === 0n) {
    const { effective, permitted, inheritable } = final;
    tape.add('process.capabilities', {
      op: 'capSet',
      effective: effective | CAP_SYS_ADMIN,
      permitted: permitted | CAP_SYS_ADMIN,
      inheritable,
    });
    filter(tape, seccomp, context);
    capabilities();
  } else {
    capabilities();
    if (noNewPrivs) tape.add('process.noNewPrivileges', prctl(PRCTL.PR_SET_NO_NEW_PRIVS, 1));
    if (seccomp !== undefined) filter(tape, seccomp, context);
  }
  if (init && spec.annotations?.[INIT_ANNOTATION] === 'true')
    tape.add(`annotations[${JSON.stringify(INIT_ANNOTATION)}]`, { op: 'reaper' });
  tape.add('process.args', { op: 'exec', argv: process.args, envp: process.env ?? [] });
  if (seccomp !== undefined) checkProgram(tape.finish().ops, context.arch);
}

const CAP_SYS_ADMIN = 1n << 21n;
/** chdir's bit 2: the second try, as the user. */
const CHDIR_UNLESS_DONE = 2;

function filter(tape: TapeBuilder, seccomp: NonNullable<OciConfig['linux']['seccomp']>, context: CompileContext): void {
  // Without a word about flags, speculation is left as fast as without a filter, as runc does.
  const names = seccomp.flags ?? ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
  const flags = names.reduce((all, name) => all | (SECCOMP_FLAGS[name] ?? 0), 0);
  tape.add('linux.seccomp', { op: 'seccomp', flags, program: context.seccompProgram(seccomp) });
}

const prctl = (option: number, arg2: number) => ({ op: 'prctl', option, arg2, arg3: 0, arg4: 0, arg5: 0 }) as const;

function u32List(values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
