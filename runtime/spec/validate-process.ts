import { CAPABILITIES } from './capabilities.js';
import * as check from './check.js';
import { specInvalid, specUnsupported } from './errors.js';
import { CAPABILITY_SETS } from './oci.js';
import { IO_CLASSES, RLIMITS, SCHED_FLAGS, SCHED_POLICIES } from './process-words.js';

/** `process` of config.json, also that of an exec. */
export function checkProcess(value: unknown, at = 'process'): void {
  const process = check.object(value, at);
  const args = check.strings(process.args, `${at}.args`);
  if (args.length === 0 || args[0] === '') throw specInvalid(`${at}.args`, 'must name a command');
  check.absolute(process.cwd, `${at}.cwd`);
  check.optional(process.env, `${at}.env`, check.strings);
  check.optional(process.terminal, `${at}.terminal`, check.boolean);
  check.optional(process.noNewPrivileges, `${at}.noNewPrivileges`, check.boolean);
  check.optional(process.oomScoreAdj, `${at}.oomScoreAdj`, check.integer(-1000, 1000));
  check.optional(process.apparmorProfile, `${at}.apparmorProfile`, check.text);
  if (check.optional(process.selinuxLabel, `${at}.selinuxLabel`, check.text)) {
    throw specUnsupported(`${at}.selinuxLabel`, 'SELinux labels are not supported');
  }
  checkUser(process.user, `${at}.user`);
  check.optional(process.consoleSize, `${at}.consoleSize`, checkConsoleSize);
  check.optional(process.capabilities, `${at}.capabilities`, checkCapabilities);
  check.optional(process.rlimits, `${at}.rlimits`, checkRlimits);
  check.optional(process.scheduler, `${at}.scheduler`, checkScheduler);
  check.optional(process.ioPriority, `${at}.ioPriority`, checkIoPriority);
  check.optional(process.execCPUAffinity, `${at}.execCPUAffinity`, checkAffinity);
}

function checkUser(value: unknown, field: string): void {
  const user = check.object(value, field);
  check.id(user.uid, `${field}.uid`);
  check.id(user.gid, `${field}.gid`);
  check.optional(user.umask, `${field}.umask`, check.integer(0, 0o777));
  check.optional(user.additionalGids, `${field}.additionalGids`, (gids, at) => check.list(gids, at, check.id));
}

function checkConsoleSize(value: unknown, field: string): void {
  const size = check.object(value, field);
  const cells = check.integer(0, 0xffff);
  cells(size.height, `${field}.height`);
  cells(size.width, `${field}.width`);
}

function checkCapabilities(value: unknown, field: string): void {
  const sets = check.object(value, field);
  const masks = new Map(
    CAPABILITY_SETS.map((set) => [
      set,
      check.optional(sets[set], `${field}.${set}`, (names, at) => check.list(names, at, check.oneOf(CAPABILITIES))) ?? [],
    ]),
  );
  // The kernel's own rules (capabilities(7)), said before anything is set up.
  const within = (inner: string, outer: string): void => {
    const missing = masks.get(inner as 'bounding')?.find((name) => !masks.get(outer as 'bounding')?.includes(name));
    if (missing !== undefined) throw specInvalid(`${field}.${inner}`, `${missing} is not in ${field}.${outer}`);
  };
  within('effective', 'permitted');
  within('inheritable', 'bounding');
}

function checkRlimits(value: unknown, field: string): void {
  const seen = new Set<string>();
  check.list(value, field, (entry, at) => {
    const limit = check.object(entry, at);
    const type = check.oneOf(Object.keys(RLIMITS))(limit.type, `${at}.type`);
    if (seen.has(type)) throw specInvalid(`${at}.type`, `${type} is given twice`);
    seen.add(type);
    const soft = check.u64(limit.soft, `${at}.soft`);
    const hard = check.u64(limit.hard, `${at}.hard`);
    if (soft > hard) throw specInvalid(`${at}.soft`, `${soft} is above the hard limit ${hard}`);
  });
}

function checkScheduler(value: unknown, field: string): void {
  const scheduler = check.object(value, field);
  const policy = check.oneOf(Object.keys(SCHED_POLICIES))(scheduler.policy, `${field}.policy`);
  check.optional(scheduler.nice, `${field}.nice`, check.integer(-20, 19));
  const priority = check.optional(scheduler.priority, `${field}.priority`, check.integer(0, 99)) ?? 0;
  if (priority !== 0 && policy !== 'SCHED_FIFO' && policy !== 'SCHED_RR') {
    throw specInvalid(`${field}.priority`, `${policy} has no priorities: only SCHED_FIFO and SCHED_RR do`);
  }
  check.optional(scheduler.flags, `${field}.flags`, (flags, at) => check.list(flags, at, check.oneOf(Object.keys(SCHED_FLAGS))));
  for (const key of ['runtime', 'deadline', 'period']) {
    const time = check.optional(scheduler[key], `${field}.${key}`, check.u64) ?? 0;
    if (time !== 0 && policy !== 'SCHED_DEADLINE') throw specInvalid(`${field}.${key}`, `only SCHED_DEADLINE has a ${key}`);
  }
}

function checkIoPriority(value: unknown, field: string): void {
  const priority = check.object(value, field);
  check.oneOf(Object.keys(IO_CLASSES))(priority.class, `${field}.class`);
  check.integer(0, 7)(priority.priority, `${field}.priority`);
}

function checkAffinity(value: unknown, field: string): void {
  const affinity = check.object(value, field);
  for (const key of ['initial', 'final']) {
    const cpus = check.optional(affinity[key], `${field}.${key}`, check.text);
    if (cpus !== undefined && cpus !== '' && !/^\s*\d+(-\d+)?(\s*,\s*\d+(-\d+)?)*\s*$/.test(cpus)) {
      throw specInvalid(`${field}.${key}`, `must be a CPU list like 0-2,4, not ${JSON.stringify(cpus)}`);
    }
  }
}
