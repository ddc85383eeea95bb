import {
  CAPABILITIES,
  type Capability,
  capabilityBit,
  capabilityName,
  capabilityNames,
  DEFAULT_CAPABILITIES,
} from './capabilities.js';
import type { ContainerConfig } from './container-config.js';
import { configInvalid, specUnsupported } from './errors.js';
import type { OciCapabilities, OciConfig, OciSeccomp } from './oci.js';
import { defaultSeccomp } from './seccomp-default.js';
import { seccompFromProfile } from './seccomp-profile.js';
import type { SpecHost } from './spec-host.js';

export interface SecurityOptions {
  noNewPrivileges: boolean | undefined;
  /** `unconfined`, `builtin` or a file. */
  seccomp: string | undefined;
  apparmor: string | undefined;
}

/** Docker's --security-opt words, sorted. Throws BODY_INVALID for one that is none. */
export function securityOptions(config: ContainerConfig): SecurityOptions {
  const options: SecurityOptions = { noNewPrivileges: undefined, seccomp: undefined, apparmor: undefined };
  (config.securityOpt ?? []).forEach((text, index) => {
    const [, word = text, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
    const wrong = (reason: string) => configInvalid(`securityOpt[${index}]`, `${JSON.stringify(text)} ${reason}`);
    if (word === 'no-new-privileges' && ['', 'true', 'false'].includes(value)) options.noNewPrivileges = value !== 'false';
    else if (word === 'seccomp' && value !== '') options.seccomp = value;
    else if (word === 'apparmor' && value !== '') options.apparmor = value;
    else if (text === 'systempaths=unconfined' || text === 'label=disable' || text === 'label:disable') return;
    else if (word === 'label')
      throw specUnsupported(`securityOpt[${index}]`, `${JSON.stringify(text)}: SELinux labels are not supported`);
    else throw wrong('is not seccomp=unconfined|PATH, no-new-privileges, apparmor=PROFILE or systempaths=unconfined');
  });
  return options;
}

/**
 * The five sets. Docker's rule: ALL added is everything but what is dropped; ALL dropped is what is added; else the defaults less
 * the dropped and the added to them. Defaults, and ALL, mean what the host has; one asked for by name must be there.
 */
export function buildCapabilities(config: ContainerConfig, host: SpecHost, base: OciConfig | undefined): OciCapabilities {
  const adds = parse(config.capAdd ?? [], 'capAdd');
  const drops = parse(config.capDrop ?? [], 'capDrop');
  if (base !== undefined && adds.length === 0 && drops.length === 0 && config.privileged !== true) {
    return base.process.capabilities ?? {};
  }
  adds.forEach((name, index) => {
    if (name !== 'ALL' && !(host.capabilities & capabilityBit(name))) {
      throw specUnsupported(`capAdd[${index}]`, `${name}: tsgov does not have this capability on this host`);
    }
  });
  const available = capabilityNames(host.capabilities);
  const start = base === undefined ? DEFAULT_CAPABILITIES : (base.process.capabilities?.bounding ?? []);
  let wanted: Set<string>;
  if (config.privileged === true || adds.includes('ALL')) wanted = new Set(available.filter((name) => !drops.includes(name)));
  else if (drops.includes('ALL')) wanted = new Set(adds);
  else wanted = new Set([...start.filter((name) => !drops.includes(name as Capability)), ...adds]);
  const names = available.filter((name) => wanted.has(name));
  // Nothing inheritable or ambient: a file's inheritable capabilities would come back to life (CVE-2022-24769).
  return { bounding: names, effective: [...names], permitted: [...names], inheritable: [], ambient: [] };
}

function parse(words: readonly string[], field: string): (Capability | 'ALL')[] {
  return words.map((word, index) => {
    if (word.toUpperCase() === 'ALL') return 'ALL';
    const name = capabilityName(word);
    if (name === undefined) {
      throw configInvalid(
        `${field}[${index}]`,
        `${JSON.stringify(word)} is no capability; ALL or one of ${CAPABILITIES.join(' ')}`,
      );
    }
    return name;
  });
}

/** linux.seccomp: none when unconfined or privileged, else the profile asked for, the bundle's, or the default one. */
export function buildSeccomp(
  config: ContainerConfig,
  host: SpecHost,
  bounding: readonly string[],
  base: OciConfig | undefined,
): OciSeccomp | undefined {
  const asked = securityOptions(config).seccomp;
  if (asked === 'unconfined') return undefined;
  if (asked === undefined && (config.privileged === true || base !== undefined)) {
    return config.privileged === true ? undefined : base?.linux.seccomp;
  }
  if (!host.seccomp) {
    if (asked === undefined) return undefined;
    throw specUnsupported('securityOpt', `seccomp=${asked}: this host has no seccomp filters or no libseccomp.so.2`);
  }
  if (asked === undefined || asked === 'builtin') return defaultSeccomp(bounding, host);
  return seccompFromProfile(host.readSeccompProfile(asked), bounding, host, asked);
}
