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
    },
  },
};

interface Need {
  call: string;
  args?: readonly bigint[];
}

const PR_CAP_AMBIENT = 47n;
/** SIGCHLD, and what fork(3) adds: CLONE_CHILD_CLEARTID, CLONE_CHILD_SETTID. */
const FORK_FLAGS = 0x1200011n;

/** What the player still has to call once the filter is in force. */
function needsOf(op: TapeOp): Need[] {
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
        ...['rt_sigtimedwait', 'wait4', 'kill', 'exit_group'].map((call) => ({ call })),
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
  for (const op of ops.slice(at + 1)) {
    for (const { call, args } of needsOf(op)) {
      const simulated: SimulatedCall = {
        nr: numbers.calls[call] as number,
        arch: numbers.audit,
        ...(args === undefined ? {} : { args }),
      };
      const answer = simulateSeccomp(filter.program, simulated);
      if (letsThrough(answer)) continue;
      const why =
        call === 'execve' ? 'no command could be executed' : `tsgov needs it after the filter is in force, for ${op.origin}`;
      const action = `0x${answer.toString(16).padStart(8, '0')}`;
      throw specUnsupported('linux.seccomp', `the profile does not allow ${call} (it answers ${action}): ${why}`);
    }
  }
}
