import { specInvalid } from './errors.js';
import type { OciSeccomp, OciSyscallArg, OciSyscallRule } from './oci.js';
import { defaultSeccomp, type SeccompHost } from './seccomp-default.js';
import { checkSeccomp } from './validate-seccomp.js';

interface ProfileFilter {
  caps?: string[];
  arches?: string[];
  minKernel?: string;
}
interface ProfileRule {
  name?: string;
  names?: string[];
  action: string;
  errnoRet?: number;
  args?: OciSyscallArg[] | null;
  includes?: ProfileFilter;
  excludes?: ProfileFilter;
}

/**
 * A profile file as Docker takes it (`archMap`, `includes`, `excludes`, one `name` or many `names`), resolved for one container to
 * the OCI form. `path` is for messages. Source: docs.docker.com/engine/security/seccomp.
 */
export function seccompFromProfile(
  profile: unknown,
  capabilities: readonly string[],
  host: SeccompHost,
  path: string,
): OciSeccomp {
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw specInvalid(path, 'is not a seccomp profile object');
  const { archMap, syscalls, ...rest } = profile as Record<string, unknown>;
  const rules = (Array.isArray(syscalls) ? syscalls : []) as ProfileRule[];
  const kept = rules.filter((rule) => typeof rule === 'object' && rule !== null && applies(rule, capabilities, host));
  const candidate = {
    ...rest,
    architectures: Array.isArray(rest.architectures) ? rest.architectures : architecturesOf(archMap, host),
    syscalls: kept.map(ociRule),
  };
  return checkSeccomp(candidate, path);
}

/** This machine's entry of `archMap`; without one, what the default profile covers. */
function architecturesOf(archMap: unknown, host: SeccompHost): unknown {
  const usual = defaultSeccomp([], host).architectures ?? [];
  const entries = (Array.isArray(archMap) ? archMap : []) as { architecture?: string; subArchitectures?: string[] | null }[];
  const own = entries.find((entry) => entry?.architecture === usual[0]);
  return own === undefined ? usual : [own.architecture, ...(own.subArchitectures ?? [])];
}

function applies(rule: ProfileRule, capabilities: readonly string[], host: SeccompHost): boolean {
  const { includes = {}, excludes = {} } = rule;
  const arches = GO_ARCHES[host.arch] ?? [host.arch];
  const anyArch = (list: string[]): boolean => list.some((arch) => arches.includes(arch));
  const newEnough = (version: string): boolean => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return host.kernel[0] > major || (host.kernel[0] === major && host.kernel[1] >= minor);
  };
  if (includes.caps?.length && !includes.caps.every((name) => capabilities.includes(name))) return false;
  if (includes.arches?.length && !anyArch(includes.arches)) return false;
  if (includes.minKernel !== undefined && !newEnough(includes.minKernel)) return false;
  if (excludes.caps?.some((name) => capabilities.includes(name))) return false;
  if (excludes.arches?.length && anyArch(excludes.arches)) return false;
  return excludes.minKernel === undefined || !newEnough(excludes.minKernel);
}

/** Docker's profiles name architectures in Go's words. */
const GO_ARCHES: Readonly<Record<string, string[]>> = { x64: ['amd64', 'x86_64'], ia32: ['386', 'x86'], ppc64: ['ppc64le'] };

function ociRule(rule: ProfileRule): OciSyscallRule {
  const { names = rule.name === undefined ? [] : [rule.name], action, errnoRet, args } = rule;
  return { names, action, ...(errnoRet === undefined ? {} : { errnoRet }), ...(args?.length ? { args } : {}) };
}
