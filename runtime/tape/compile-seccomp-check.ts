import { specUnsupported } from '#runtime/spec/errors.js';
import { letsThrough, type SimulatedCall, simulateSeccomp } from '#runtime/spec/seccomp-simulate.js';
import type { TapeOp } from './ops.js';

/** Architectures whose numbers are here; for others the filter is taken as it is. */
const NUMBERS: Readonly<Record<string, { audit: number; calls: Readonly<Record<string, number>> }>> = {
  x64: {
    audit: 0xc000003e,
    calls: {
      execve: 59,
      capset: 126,
      prctl: 157,
      clone: 56,
      wait4: 61,
      rt_sigtimedwait: 128,
      setpgid: 109,
      rt_sigprocmask: 14,
      rt_sigaction: 13,
      kill: 62,
      exit_group: 231,
      close: 3,
      ioctl: 16,
      getpid: 39,
      set_robust_list: 273,
      close_range: 436,
    },
  },
  arm64: {
    audit: 0xc00000b7,
    calls: {
      execve: 221,
      capset: 91,
      prctl: 167,
      clone: 220,
      wait4: 260,
      rt_sigtimedwait: 137,
      setpgid: 154,
      rt_sigprocmask: 135,
      rt_sigaction: 134,
      kill: 129,
      exit_group: 94,
      close: 57,
      ioctl: 29,
      getpid: 172,
      set_robust_list: 99,
      close_range: 436,
    },
  },
};

interface Need {
  call: string;
  args?: readonly bigint[];
  /** An errno is as good as an answer: only death by the filter is not. */
  mayFail?: boolean;
}

const PR_SET_DUMPABLE = 4n;
const PR_SET_NAME = 15n;
const PR_CAP_AMBIENT = 47n;
const TIOCGPGRP = 0x540fn;
const TIOCSPGRP = 0x5410n;
/** SIGCHLD, and what fork(3) adds: CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID. */
const FORK_FLAGS = 0x1200011n;

/** What the player still has to call once the filter is in force. `terminal`: fd 0 is one. */
function needsOf(op: TapeOp, terminal: boolean): Need[] {
  switch (op.op) {
    case 'exec':
      return [{ call: 'rt_sigaction' }, { call: 'rt_sigprocmask' }, { call: 'execve' }];
    case 'capSet':
      return [{ call: 'capset' }];
    case 'capAmbient':
      return [{ call: 'prctl', args: [PR_CAP_AMBIENT] }];
    case 'prctl':
      return [{ call: 'prctl', args: [BigInt(op.option), BigInt(op.arg2)] }];
    case 'reaper':
      return [
        { call: 'rt_sigprocmask' },
        { call: 'clone', args: [FORK_FLAGS] },
        { call: 'setpgid' },
        ...['close', 'rt_sigtimedwait', 'wait4', 'kill', 'exit_group'].map((call) => ({ call })),
        // Where there is no terminal the player learns so by an error.
        { call: 'ioctl', args: [0n, TIOCGPGRP], mayFail: !terminal },
        ...(terminal ? [{ call: 'ioctl', args: [0n, TIOCSPGRP] }, { call: 'getpid' }] : []),
        // It closes one by one where it may not close a range; its name, and what fork(3) tells the kernel, may stay unsaid.
        ...['close_range', 'set_robust_list'].map((call) => ({ call, mayFail: true })),
        ...[PR_SET_DUMPABLE, PR_SET_NAME].map((option) => ({ call: 'prctl', args: [option], mayFail: true })),
      ];
    default:
      return [];
  }
}

/** Refuses a profile under which the container could not even be started, with the call it blocks and who needs it. */
export function checkProgram(ops: readonly TapeOp[], arch: string): void {
  const numbers = NUMBERS[arch];
  const at = ops.findIndex((op) => op.op === 'seccomp');
  const filter = ops[at];
  if (numbers === undefined || filter?.op !== 'seccomp') return;
  const terminal = ops.some((op) => op.op === 'useTty');
  for (const op of ops.slice(at + 1)) {
    for (const { call, args, mayFail } of needsOf(op, terminal)) {
      const simulated: SimulatedCall = {
        nr: numbers.calls[call] as number,
        arch: numbers.audit,
        ...(args === undefined ? {} : { args }),
      };
      const answer = simulateSeccomp(filter.program, simulated);
      if (letsThrough(answer) || (mayFail === true && !kills(answer))) continue;
      const why =
        call === 'execve' ? 'no command could be executed' : `tsgov needs it after the filter is in force, for ${op.origin}`;
      const action = `0x${answer.toString(16).padStart(8, '0')}`;
      throw specUnsupported('linux.seccomp', `the profile does not allow ${call} (it answers ${action}): ${why}`);
    }
  }
}

/** SECCOMP_RET_KILL_PROCESS, KILL_THREAD and TRAP, whose SIGSYS nobody handles. */
function kills(answer: number): boolean {
  const action = (answer & 0xffff0000) >>> 0;
  return action === 0x80000000 || action === 0 || action === 0x00030000;
}
