/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)), octal escapes undone. */
export interface MountEntry {
  id: number;
  parentId: number;
  major: number;
  minor: number;
  /** Directory of the filesystem that is the mount's root. */
  root: string;
  mountPoint: string;
  /** Of this mount: `rw`, `nosuid`… */
  options: string[];
  /** Optional fields: `shared:N`, `master:N`, `propagate_from:N`, `unbindable`; none: private. */
  propagation: string[];
  fsType: string;
  source: string;
  superOptions: string[];
}

/** Parses mountinfo text; lines that are not mountinfo are a bug and throw. Source: proc_pid_mountinfo(5). */
export function parseMountinfo(text: string): MountEntry[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

/**
 * The mount that path resolution ends in for an absolute, symlink-free path: the topmost of those stacked there. A later mount
 * on a parent directory hides what was mounted below it, which is why the nearest mount point by name is not enough.
 */
export function mountAt(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const ids = new Set(mounts.map((mount) => mount.id));
  let current = mounts.find((mount) => mount.mountPoint === '/' && (!ids.has(mount.parentId) || mount.parentId === mount.id));
  if (current === undefined) return undefined;
  for (const prefix of prefixes(path)) {
    let next: MountEntry | undefined = current;
    while (next !== undefined) {
      current = next;
      next = childAt(mounts, current, prefix);
    }
  }
  return current;
}

function childAt(mounts: readonly MountEntry[], parent: MountEntry, path: string): MountEntry | undefined {
  return mounts.find((mount) => mount.parentId === parent.id && mount.mountPoint === path && mount !== parent);
}

function prefixes(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

function parseLine(line: string): MountEntry {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const device = fields[2]?.split(':') ?? [];
  const superOptions = fields[separator + 3];
  if (separator < 0 || superOptions === undefined) throw new RangeError(`not a mountinfo line: ${line}`);
  return {
    id: Number(fields[0]),
    parentId: Number(fields[1]),
    major: Number(device[0]),
    minor: Number(device[1]),
    root: unescapeOctal(fields[3] ?? ''),
    mountPoint: unescapeOctal(fields[4] ?? ''),
    options: (fields[5] ?? '').split(','),
    propagation: fields.slice(6, separator),
    fsType: fields[separator + 1] ?? '',
    source: unescapeOctal(fields[separator + 2] ?? ''),
    superOptions: superOptions.split(',').map(unescapeOctal),
  };
}

/** Escapes stand for bytes, so the text is taken byte by byte and decoded after. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const whole = bytes.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(whole, 'latin1').toString('utf8');
}
