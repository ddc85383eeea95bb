import * as check from './check.js';
import { specInvalid, specUnsupported } from './errors.js';
import { parseMountOptions } from './mount-options.js';
import type { OciMount, OciNamespaceType } from './oci.js';
import { PROC_MOUNTABLE } from './paths.js';

/** `mounts` of config.json: shape, options, and that nothing stands in for the kernel's own /proc. */
export function checkMounts(value: unknown, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  let atRoot = true;
  check.optional(value, 'mounts', (mounts) =>
    check.list(mounts, 'mounts', (entry, at) => {
      const mount = check.object(entry, at);
      const destination = normalPath(check.absolute(mount.destination, `${at}.destination`));
      check.optional(mount.type, `${at}.type`, check.text);
      check.optional(mount.source, `${at}.source`, check.text);
      check.optional(mount.options, `${at}.options`, check.strings);
      checkOptions(mount as unknown as OciMount, at, namespaces);
      checkProc(mount as unknown as OciMount, destination, at);
      if (destination === '/' && !atRoot) {
        throw specInvalid(`${at}.destination`, 'mounts over the root must come before all others, or would hide them');
      }
      // What an overlay's layers are put together from may be mounted between them.
      atRoot &&= destination === '/' || destination === '/lower';
    }),
  );
}

function checkOptions(mount: OciMount, at: string, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  const options = parseMountOptions(mount);
  const unsupported = options.unsupported[0];
  if (unsupported !== undefined) throw specUnsupported(`${at}.options`, `the option ${unsupported} is not supported`);
  if (options.bind) {
    if (mount.source === undefined || mount.source === '') throw specInvalid(`${at}.source`, 'a bind mount needs a source');
    const data = options.data[0];
    if (data !== undefined) throw specInvalid(`${at}.options`, `no option of a bind mount: ${data.key}`);
  } else {
    if (mount.type === undefined || mount.type === '')
      throw specInvalid(`${at}.type`, 'must be given unless the options say bind');
    if (options.idmap !== 'none' || mount.uidMappings?.length) throw specUnsupported(at, 'only bind mounts can be idmapped');
  }
  const mappings = ['uidMappings', 'gidMappings'] as const;
  for (const key of mappings) check.optional(mount[key], `${at}.${key}`, checkIdMappings);
  if (Boolean(mount.uidMappings?.length) !== Boolean(mount.gidMappings?.length)) {
    throw specInvalid(at, 'uidMappings and gidMappings must be given together');
  }
  if (options.idmap !== 'none' && !mount.uidMappings?.length && namespaces.get('user') === undefined && !namespaces.has('user')) {
    throw specInvalid(`${at}.options`, 'idmap without uidMappings needs a user namespace whose ids it could take');
  }
}

/** A list of id ranges as uid_map takes them. Source: user_namespaces(7). */
export function checkIdMappings(value: unknown, field: string): void {
  const ranges = check.list(value, field, (entry, at) => {
    const range = check.object(entry, at);
    const size = check.integer(1, 0xffffffff)(range.size, `${at}.size`);
    return { inside: check.id(range.containerID, `${at}.containerID`), outside: check.id(range.hostID, `${at}.hostID`), size };
  });
  if (ranges.length > 340) throw specInvalid(field, 'has more than the 340 ranges a kernel takes');
  for (const side of ['inside', 'outside'] as const) {
    const sorted = ranges.map((range) => ({ from: range[side], size: range.size })).sort((a, b) => a.from - b.from);
    sorted.forEach((range, index) => {
      const next = sorted[index + 1];
      if (range.from + range.size > 0xffffffff) throw specInvalid(field, `the range at ${range.from} goes past the last id`);
      if (next !== undefined && range.from + range.size > next.from) throw specInvalid(field, `ranges overlap at ${next.from}`);
    });
  }
}

/** Only procfs itself at /proc, and in it only the files that may be replaced (CVE-2019-16884). */
function checkProc(mount: OciMount, destination: string, at: string): void {
  const { bind } = parseMountOptions(mount);
  if (destination === '/proc' && (bind ? mount.source !== '/proc' : mount.type !== 'proc')) {
    throw specInvalid(`${at}.destination`, 'only a proc filesystem may be mounted at /proc');
  }
  if (destination.startsWith('/proc/') && !PROC_MOUNTABLE.has(destination)) {
    throw specInvalid(`${at}.destination`, `nothing may be mounted inside /proc but ${[...PROC_MOUNTABLE].join(', ')}`);
  }
}

/** Without `.`, `..` and double slashes; `..` of the root is the root. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
