import * as check from './check.js';
import { specUnsupported } from './errors.js';
import type { OciSeccomp } from './oci.js';
import { SECCOMP_ACTIONS, SECCOMP_ARCHES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from './seccomp-words.js';

/** `linux.seccomp`: shape, and words that libseccomp has. Returns it typed. */
export function checkSeccomp(value: unknown, at = 'linux.seccomp'): OciSeccomp {
  const seccomp = check.object(value, at);
  const errno = check.integer(0, 4095);
  if (check.optional(seccomp.listenerPath, `${at}.listenerPath`, check.text)) {
    throw specUnsupported(`${at}.listenerPath`, 'an agent that answers system calls is not supported');
  }
  const action = (word: unknown, field: string): void => {
    if (word === 'SCMP_ACT_NOTIFY') throw specUnsupported(field, 'SCMP_ACT_NOTIFY needs an agent that answers system calls');
    check.oneOf(Object.keys(SECCOMP_ACTIONS))(word, field);
  };
  action(seccomp.defaultAction, `${at}.defaultAction`);
  check.optional(seccomp.defaultErrnoRet, `${at}.defaultErrnoRet`, errno);
  check.optional(seccomp.architectures, `${at}.architectures`, (names, field) =>
    check.list(names, field, check.oneOf(Object.keys(SECCOMP_ARCHES))),
  );
  check.optional(seccomp.flags, `${at}.flags`, (flags, field) =>
    check.list(flags, field, check.oneOf(Object.keys(SECCOMP_FLAGS))),
  );
  check.optional(seccomp.syscalls, `${at}.syscalls`, (rules, field) =>
    check.list(rules, field, (entry, here) => {
      const rule = check.object(entry, here);
      check.strings(rule.names, `${here}.names`);
      action(rule.action, `${here}.action`);
      check.optional(rule.errnoRet, `${here}.errnoRet`, errno);
      check.optional(rule.args, `${here}.args`, (args, list) => check.list(args, list, checkArg));
    }),
  );
  return value as OciSeccomp;
}

function checkArg(value: unknown, field: string): void {
  const arg = check.object(value, field);
  check.integer(0, 5)(arg.index, `${field}.index`);
  check.u64(arg.value, `${field}.value`);
  check.optional(arg.valueTwo, `${field}.valueTwo`, check.u64);
  check.oneOf(Object.keys(SECCOMP_OPERATORS))(arg.op, `${field}.op`);
}
