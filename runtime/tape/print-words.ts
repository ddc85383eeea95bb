import { CAPABILITIES } from '#runtime/spec/capabilities.js';
import { MOUNT_ATTR, PROPAGATION } from '#runtime/spec/mount-options.js';
import { RLIMITS, SCHED_POLICIES } from '#runtime/spec/process-words.js';
import { SECCOMP_FLAGS } from '#runtime/spec/seccomp-words.js';
import {
  AT,
  CLONE,
  FSCONFIG,
  O_DIRECTORY_ELSE,
  OPEN_FLAGS,
  OPEN_TREE_CLONE,
  PRCTL,
  RESOLVE,
  RLIM_INFINITY,
  UNCHANGED,
} from './kernel-words.js';
import type { ArgKind, OpName } from './ops.js';

/** One argument as text; undefined for one that is absent, or nothing (an empty flag set, a zero). */
export function showArg(op: OpName, name: string, kind: ArgKind, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  switch (kind) {
    case 'slot':
    case 'slot?':
      return value === 0 ? 'ctl' : `s${value}`;
    case 'str':
    case 'str?':
      return JSON.stringify(value);
    case 'bytes':
      return showBytes(op, value as Uint8Array);
    case 'strv':
      return `[${(value as readonly string[]).map((text) => JSON.stringify(text)).join(', ')}]`;
    case 'op':
      return `#${value}`;
    default:
      return (SHOWN[`${op}.${name}`] ?? plain)(BigInt(value as bigint | number));
  }
}

type Show = (value: bigint) => string | undefined;
const plain: Show = (value) => (value === 0n ? undefined : String(value));
const always: Show = (value) => String(value);
const octal: Show = (value) => (value === BigInt(UNCHANGED) ? 'unchanged' : `0${value.toString(8)}`);
const hex: Show = (value) => `0x${value.toString(16)}`;
const limit: Show = (value) => (value === RLIM_INFINITY ? 'unlimited' : String(value));
const signed: Show = (value) => plain(BigInt.asIntN(32, value));
const device: Show = (value) =>
  value === 0n ? undefined : `${(value >> 8n) & 0xfffn}:${(value & 0xffn) | ((value >> 12n) & 0xfff00n)}`;

/** The names of the bits set, what has no name in hex; nothing for none. */
function flags(words: Readonly<Record<string, number>>, prefix = ''): Show {
  return (value) => {
    let left = value;
    const names: string[] = [];
    for (const [name, bit] of Object.entries(words)) {
      if (bit === 0 || (left & BigInt(bit)) !== BigInt(bit)) continue;
      names.push(prefix + name);
      left &= ~BigInt(bit);
    }
    if (left !== 0n) names.push(`0x${left.toString(16)}`);
    return names.length === 0 ? undefined : names.join('|');
  };
}

function word(words: Readonly<Record<string, number>>): Show {
  const names = new Map(Object.entries(words).map(([name, value]) => [BigInt(value), name]));
  return (value) => names.get(value) ?? String(value);
}

const capabilities: Show = (value) => {
  const names = CAPABILITIES.filter((_, bit) => (value >> BigInt(bit)) & 1n);
  const all = (1n << BigInt(CAPABILITIES.length)) - 1n;
  if (value === 0n) return 'none';
  if ((value & all) === all) return 'all';
  return names.map((name) => name.slice('CAP_'.length)).join('|');
};

const attributes = flags(MOUNT_ATTR_NAMES(), 'MOUNT_ATTR_');
const atFlags = flags(AT, 'AT_');
const propagation = flags(
  Object.fromEntries(Object.entries(PROPAGATION).map(([name, bit]) => [`MS_${name.toUpperCase()}`, bit])),
);

function MOUNT_ATTR_NAMES(): Record<string, number> {
  const { ATIME, ...rest } = MOUNT_ATTR;
  // The mask first: where all of its bits are set it is the mask that is meant.
  return { _ATIME: ATIME, ...rest };
}

const SHOWN: Readonly<Record<string, Show>> = {
  'open.flags': flags({
    O_PATH: OPEN_FLAGS.O_PATH,
    O_WRONLY: OPEN_FLAGS.O_WRONLY,
    O_DIRECTORY: O_DIRECTORY_ELSE,
    O_CREAT: OPEN_FLAGS.O_CREAT,
  }),
  'open.resolve': flags(RESOLVE, 'RESOLVE_'),
  'writeFile.resolve': flags(RESOLVE, 'RESOLVE_'),
  'mkdirAll.mode': octal,
  'mkdirAll.uid': plain,
  'makeNode.mode': octal,
  'makeNode.dev': device,
  'setOwner.mode': octal,
  'fsconfig.cmd': word({ FLAG: FSCONFIG.SET_FLAG, STRING: FSCONFIG.SET_STRING, CREATE: FSCONFIG.CMD_CREATE }),
  'fsmount.attrs': attributes,
  'openTree.flags': flags({ OPEN_TREE_CLONE, AT_RECURSIVE: AT.RECURSIVE, AT_EMPTY_PATH: AT.EMPTY_PATH }),
  'mountSetattr.atFlags': atFlags,
  'mountSetattr.set': attributes,
  'mountSetattr.clear': attributes,
  'mountSetattr.propagation': propagation,
  'mountSetattrLocked.atFlags': atFlags,
  'mountSetattrLocked.set': attributes,
  'mountSetattrLocked.clear': attributes,
  'mountSetattrLocked.propagation': propagation,
  'unshare.flags': flags(CLONE, 'CLONE_'),
  'setns.flags': flags(CLONE, 'CLONE_'),
  'clone.flags': flags(CLONE, 'CLONE_'),
  'gate.id': always,
  'rlimit.resource': word(RLIMITS),
  'rlimit.soft': limit,
  'rlimit.hard': limit,
  'prctl.option': word(PRCTL),
  'prctl.arg2': always,
  'capBounding.keep': capabilities,
  'capSet.effective': capabilities,
  'capSet.permitted': capabilities,
  'capSet.inheritable': capabilities,
  'capAmbient.raise': capabilities,
  'setUser.uid': always,
  'setUser.gid': always,
  'ownStdio.uid': always,
  'ownStdio.gid': always,
  'umask.mask': octal,
  'seccomp.flags': flags(SECCOMP_FLAGS),
  'personality.persona': hex,
  'scheduler.policy': word(SCHED_POLICIES),
  'scheduler.nice': signed,
};

/** Text where it is text; else how much it is. */
function showBytes(op: OpName, bytes: Uint8Array): string {
  if (op === 'seccomp') return `<${bytes.length / 8} instructions>`;
  if (op === 'setUser') return `[${[...new Uint32Array(bytes.slice().buffer)].join(', ')}]`;
  const text = Buffer.from(bytes).toString('utf8');
  return /^[\t\n\x20-\x7e]*$/.test(text) && text.length <= 200 ? JSON.stringify(text) : `<${bytes.length} bytes>`;
}
