import type { OciMount } from './oci.js';

/** MOUNT_ATTR_* of mount_setattr(2). */
export const MOUNT_ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  ATIME: 0x70,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  NODIRATIME: 0x80,
  IDMAP: 0x100000,
  NOSYMFOLLOW: 0x200000,
} as const;

/** MS_* propagation types, as mount_setattr takes them. */
export const PROPAGATION = { unbindable: 1 << 17, private: 1 << 18, slave: 1 << 19, shared: 1 << 20 } as const;

/** Attributes to set and to clear; an attribute in neither stays what it is. */
export interface MountAttributes {
  set: number;
  clear: number;
}

/** What a mount's options ask for, sorted by who carries it out. */
export interface MountOptions {
  /** A bind of `source`: of what is mounted beneath it too when `recursive`. */
  bind: boolean;
  recursive: boolean;
  /** Of this mount alone, and of everything beneath it (the `r…` words). */
  attributes: MountAttributes;
  recursiveAttributes: MountAttributes;
  /** In the order given. */
  propagation: { type: number; recursive: boolean }[];
  /** idmapped: this mount, or everything beneath too. */
  idmap: 'none' | 'plain' | 'recursive';
  /** Flags of the filesystem rather than of the mount (`sync`, `lazytime`). */
  filesystemFlags: string[];
  /** What is left, for the filesystem itself: `size=1m`. */
  data: { key: string; value: string | undefined }[];
  /** Words of other runtimes that would change what the container sees and that tsgov does not carry out. */
  unsupported: string[];
}

/** Sorts a mount's `type` and `options`. Source: config.md "Linux mount options", mount(8), mount_setattr(2). */
export function parseMountOptions(mount: OciMount): MountOptions {
  const options: MountOptions = {
    bind: mount.type === 'bind' || mount.type === 'rbind',
    recursive: mount.type === 'rbind',
    attributes: { set: 0, clear: 0 },
    recursiveAttributes: { set: 0, clear: 0 },
    propagation: [],
    idmap: 'none',
    filesystemFlags: [],
    data: [],
    unsupported: [],
  };
  for (const word of mount.options ?? []) take(options, word);
  return options;
}

function take(options: MountOptions, word: string): void {
  const attribute = own(ATTRIBUTES, word);
  const recursive = word.startsWith('r') ? own(ATTRIBUTES, word.slice(1)) : undefined;
  const propagation = own(PROPAGATION_WORDS, word);
  if (attribute !== undefined) {
    change(options.attributes, attribute);
  } else if (recursive !== undefined) {
    change(options.recursiveAttributes, recursive);
  } else if (propagation !== undefined) {
    options.propagation.push(propagation);
  } else if (word === 'bind' || word === 'rbind') {
    options.bind = true;
    options.recursive ||= word === 'rbind';
  } else if (word === 'idmap' || word === 'ridmap') {
    options.idmap = word === 'idmap' ? 'plain' : 'recursive';
  } else if (FILESYSTEM_FLAGS.has(word)) {
    options.filesystemFlags.push(word);
  } else if (UNSUPPORTED.has(word)) {
    options.unsupported.push(word);
  } else if (!NOTHING.has(word)) {
    const [key, value] = splitOnce(word);
    options.data.push({ key, value });
  }
}

function splitOnce(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** A later word wins over an earlier one; the access-time kinds are one value and not bits, so all of it is replaced. */
function change(into: MountAttributes, word: MountAttributes): void {
  into.set = (into.set & ~word.clear) | word.set;
  into.clear = (into.clear & ~word.set) | word.clear;
  if ((word.set | word.clear) & MOUNT_ATTR.ATIME) into.clear |= MOUNT_ATTR.ATIME;
}

const on = (bit: number): MountAttributes => ({ set: bit, clear: 0 });
const off = (bit: number): MountAttributes => ({ set: 0, clear: bit });
const atime = (kind: number): MountAttributes => ({ set: kind, clear: MOUNT_ATTR.ATIME });

const ATTRIBUTES: Readonly<Record<string, MountAttributes>> = {
  ro: on(MOUNT_ATTR.RDONLY),
  rw: off(MOUNT_ATTR.RDONLY),
  nosuid: on(MOUNT_ATTR.NOSUID),
  suid: off(MOUNT_ATTR.NOSUID),
  nodev: on(MOUNT_ATTR.NODEV),
  dev: off(MOUNT_ATTR.NODEV),
  noexec: on(MOUNT_ATTR.NOEXEC),
  exec: off(MOUNT_ATTR.NOEXEC),
  nodiratime: on(MOUNT_ATTR.NODIRATIME),
  diratime: off(MOUNT_ATTR.NODIRATIME),
  nosymfollow: on(MOUNT_ATTR.NOSYMFOLLOW),
  symfollow: off(MOUNT_ATTR.NOSYMFOLLOW),
  relatime: atime(0),
  atime: atime(0),
  norelatime: atime(MOUNT_ATTR.STRICTATIME),
  noatime: atime(MOUNT_ATTR.NOATIME),
  strictatime: atime(MOUNT_ATTR.STRICTATIME),
  nostrictatime: atime(0),
};

const PROPAGATION_WORDS: Readonly<Record<string, { type: number; recursive: boolean }>> = Object.fromEntries(
  Object.entries(PROPAGATION).flatMap(([word, type]) => [
    [word, { type, recursive: false }],
    [`r${word}`, { type, recursive: true }],
  ]),
);

/** The propagation of linux.rootfsPropagation, or undefined for a word that is none. */
export function propagationOf(word: string): { type: number; recursive: boolean } | undefined {
  return own(PROPAGATION_WORDS, word);
}

/** Words come from a person: `constructor` is none of ours. */
function own<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

const FILESYSTEM_FLAGS: ReadonlySet<string> = new Set(['sync', 'async', 'dirsync', 'lazytime', 'nolazytime', 'mand', 'nomand']);
const UNSUPPORTED: ReadonlySet<string> = new Set(['remount', 'tmpcopyup', 'copy-symlink', 'src-nofollow', 'dest-nofollow']);
/** `defaults`, and what is about messages in the kernel's log. */
const NOTHING: ReadonlySet<string> = new Set(['defaults', 'silent', 'loud', '']);
