import * as check from './check.js';
import { specInvalid, specUnsupported } from './errors.js';
import { propagationOf } from './mount-options.js';
import { NAMESPACE_TYPES, type OciNamespaceType } from './oci.js';
import { PERSONALITIES } from './process-words.js';
import { checkIdMappings } from './validate-mounts.js';
import { checkResources } from './validate-resources.js';
import { checkSeccomp } from './validate-seccomp.js';

/** Each namespace's type and, where it joins one, its path. A mount namespace of its own is what everything else stands on. */
export function checkNamespaces(linux: check.Json): Map<OciNamespaceType, string | undefined> {
  const namespaces = new Map<OciNamespaceType, string | undefined>();
  check.optional(linux.namespaces, 'linux.namespaces', (entries, field) =>
    check.list(entries, field, (entry, at) => {
      const namespace = check.object(entry, at);
      const type = check.oneOf(NAMESPACE_TYPES)(namespace.type, `${at}.type`) as OciNamespaceType;
      if (namespaces.has(type)) throw specInvalid(`${at}.type`, `${type} is given twice`);
      const path = check.optional(namespace.path, `${at}.path`, check.text);
      if (path !== undefined && path !== '') check.absolute(path, `${at}.path`);
      namespaces.set(type, path === '' ? undefined : path);
    }),
  );
  if (!namespaces.has('mount'))
    throw specUnsupported('linux.namespaces', 'a container without a mount namespace is not supported');
  if (namespaces.get('mount') !== undefined) {
    throw specUnsupported('linux.namespaces', 'a container in the mount namespace of another is not supported: use exec');
  }
  return namespaces;
}

/** User namespace and its id maps belong together. */
export function checkUserMappings(linux: check.Json, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  const lengths = (['uidMappings', 'gidMappings'] as const).map((key) => {
    const maps = check.optional(linux[key], `linux.${key}`, (value, at) => {
      checkIdMappings(value, at);
      return value as unknown[];
    });
    const length = maps?.length ?? 0;
    if (length > 0 && !namespaces.has('user')) throw specInvalid(`linux.${key}`, 'needs a user namespace in linux.namespaces');
    return length;
  });
  const made = namespaces.has('user') && namespaces.get('user') === undefined;
  if (made && lengths.includes(0))
    throw specInvalid('linux.uidMappings', 'a new user namespace needs uidMappings and gidMappings');
}

/** The rest of `linux`. */
export function checkLinux(linux: check.Json, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  for (const [key, reason] of Object.entries(UNSUPPORTED)) {
    const value = linux[key];
    if (value != null && value !== '' && Object.keys(value).length > 0) throw specUnsupported(`linux.${key}`, reason);
  }
  check.optional(linux.timeOffsets, 'linux.timeOffsets', (value, at) => checkTimeOffsets(value, at, namespaces));
  check.optional(linux.devices, 'linux.devices', (devices, at) => check.list(devices, at, checkDevice));
  check.optional(linux.cgroupsPath, 'linux.cgroupsPath', checkCgroupsPath);
  for (const key of ['maskedPaths', 'readonlyPaths']) {
    check.optional(linux[key], `linux.${key}`, (paths, at) => check.list(paths, at, check.absolute));
  }
  check.optional(linux.rootfsPropagation, 'linux.rootfsPropagation', (value, at) => {
    const word = check.text(value, at);
    if (word !== '' && propagationOf(word) === undefined) {
      throw specInvalid(at, `must be one of private, shared, slave, unbindable and their r… forms, not ${JSON.stringify(word)}`);
    }
  });
  check.optional(linux.seccomp, 'linux.seccomp', checkSeccomp);
  check.optional(linux.personality, 'linux.personality', checkPersonality);
  check.optional(linux.resources, 'linux.resources', checkResources);
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  mountLabel: 'SELinux labels are not supported',
  intelRdt: 'Intel RDT is not supported',
  netDevices: 'moving network devices is not supported',
  memoryPolicy: 'NUMA memory policies are not supported',
};

function checkTimeOffsets(value: unknown, field: string, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  const offsets = check.object(value, field);
  const clocks = Object.keys(offsets);
  if (clocks.length > 0 && (!namespaces.has('time') || namespaces.get('time') !== undefined)) {
    throw specInvalid(field, 'needs a new time namespace in linux.namespaces');
  }
  for (const clock of clocks) {
    const at = `${field}.${clock}`;
    check.oneOf(['monotonic', 'boottime'])(clock, at);
    const offset = check.object(offsets[clock], at);
    check.optional(offset.secs, `${at}.secs`, check.i64);
    check.optional(offset.nanosecs, `${at}.nanosecs`, check.integer(0, 999_999_999));
  }
}

function checkDevice(value: unknown, field: string): void {
  const device = check.object(value, field);
  const type = check.oneOf(['c', 'b', 'u', 'p'])(device.type, `${field}.type`);
  check.absolute(device.path, `${field}.path`);
  if (type !== 'p') {
    check.integer(0, 0xfff)(device.major, `${field}.major`);
    check.integer(0, 0xfffff)(device.minor, `${field}.minor`);
  }
  check.optional(device.fileMode, `${field}.fileMode`, check.integer(0, 0o177777));
  check.optional(device.uid, `${field}.uid`, check.id);
  check.optional(device.gid, `${field}.gid`, check.id);
}

function checkCgroupsPath(value: unknown, field: string): void {
  const path = check.text(value, field);
  if (path.split('/').includes('..')) throw specInvalid(field, `must not have '..': ${JSON.stringify(path)}`);
}

function checkPersonality(value: unknown, field: string): void {
  const personality = check.object(value, field);
  check.oneOf(Object.keys(PERSONALITIES))(personality.domain, `${field}.domain`);
  const flags = check.optional(personality.flags, `${field}.flags`, check.strings) ?? [];
  if (flags.length > 0) throw specUnsupported(`${field}.flags`, 'the specification has no personality flags');
}
