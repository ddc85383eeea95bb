import * as check from './check.js';
import { specInvalid, specUnsupported } from './errors.js';
import { HOOK_KINDS, type OciConfig, type OciNamespaceType } from './oci.js';
import { checkLinux, checkNamespaces, checkUserMappings } from './validate-linux.js';
import { checkMounts } from './validate-mounts.js';
import { checkProcess } from './validate-process.js';
import { checkSysctls } from './validate-sysctl.js';

/**
 * Checks the shape and the meaning of a config.json (runtime-spec 1.2): SPEC_INVALID for what is wrong, SPEC_UNSUPPORTED for what
 * would change isolation and tsgov does not do, both with the field's path and the reason. Fields the spec does not know are
 * ignored, as it asks. Returns the same object, typed.
 */
export function validateConfig(config: unknown): OciConfig {
  const top = check.object(config, 'config.json');
  for (const section of OTHER_PLATFORMS) {
    if (top[section] != null) throw specUnsupported(section, `a ${section} container cannot run here`);
  }
  const version = check.text(top.ociVersion, 'ociVersion');
  if (!/^1\.\d+\.\d+/.test(version)) throw specInvalid('ociVersion', `must be 1.x, not ${JSON.stringify(version)}`);
  const root = check.object(top.root, 'root');
  if (check.text(root.path, 'root.path') === '') throw specInvalid('root.path', 'must not be empty');
  check.optional(root.readonly, 'root.readonly', check.boolean);

  const linux = check.object(top.linux, 'linux');
  const namespaces = checkNamespaces(linux);
  checkProcess(top.process);
  checkNames(top, namespaces);
  checkMounts(top.mounts, namespaces);
  check.optional(top.hooks, 'hooks', checkHooks);
  check.optional(top.annotations, 'annotations', check.dictionary);
  checkUserMappings(linux, namespaces);
  checkLinux(linux, namespaces);
  checkSysctls(linux.sysctl, namespaces);
  return config as OciConfig;
}

const OTHER_PLATFORMS = ['windows', 'solaris', 'vm', 'zos', 'freebsd'];

function checkNames(top: check.Json, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  for (const field of ['hostname', 'domainname']) {
    const name = check.optional(top[field], field, check.text);
    if (name === undefined || name === '') continue;
    if (Buffer.byteLength(name) > 64) throw specInvalid(field, 'must be at most 64 bytes');
    if (!namespaces.has('uts')) throw specInvalid(field, "would be the node's own: it needs a uts namespace in linux.namespaces");
  }
}

function checkHooks(value: unknown, field: string): void {
  const hooks = check.object(value, field);
  for (const kind of HOOK_KINDS) {
    check.optional(hooks[kind], `${field}.${kind}`, (entries, at) => check.list(entries, at, checkHook));
  }
}

function checkHook(value: unknown, field: string): void {
  const hook = check.object(value, field);
  check.absolute(hook.path, `${field}.path`);
  check.optional(hook.args, `${field}.args`, check.strings);
  check.optional(hook.env, `${field}.env`, check.strings);
  check.optional(hook.timeout, `${field}.timeout`, check.integer(1, 4_000_000));
}
