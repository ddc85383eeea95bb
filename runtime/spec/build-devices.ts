import type { ContainerConfig } from './container-config.js';
import { DEFAULT_DEVICE_RULES, DEFAULT_DEVICES } from './defaults.js';
import { configInvalid } from './errors.js';
import type { OciConfig, OciDevice, OciDeviceRule } from './oci.js';
import type { HostDevice, SpecHost } from './spec-host.js';

/** Nodes to make, and the device list that says what may be used: the user's over the defaults, or over the bundle's. */
export function buildDevices(
  config: ContainerConfig,
  host: SpecHost,
  base: OciConfig | undefined,
): { nodes: OciDevice[]; rules: OciDeviceRule[] } {
  const nodes = new Map<string, OciDevice>();
  for (const node of base?.linux.devices ?? []) nodes.set(node.path, node);
  if (config.privileged === true) {
    for (const device of host.devices('/dev')) {
      if (!ownedByRuntime(device.path)) nodes.set(device.path, nodeOf(device, device.path));
    }
  }
  const rules: OciDeviceRule[] = [];
  (config.devices ?? []).forEach((text, index) => {
    const { source, target, access } = parseDevice(text, `devices[${index}]`);
    const found = host.devices(source);
    if (found.length === 0)
      throw configInvalid(`devices[${index}]`, `${source} is no device node of this host, nor a directory with some`);
    for (const device of found) {
      const path = target + device.path.slice(source.length);
      nodes.set(path, nodeOf(device, path));
      rules.push({ allow: true, type: device.type, major: device.major, minor: device.minor, access });
    }
  });
  const start =
    config.privileged === true ? [{ allow: true, access: 'rwm' }] : base === undefined ? DEFAULT_DEVICE_RULES : bundleRules(base);
  return { nodes: [...nodes.values()], rules: [...start, ...rules] };
}

/**
 * A bundle's rules, then what the default devices need: `runc spec` and `crun spec` write "deny all" and nothing more, and every runtime
 * must make the default devices. No rules at all restrict nothing.
 */
function bundleRules(base: OciConfig): readonly OciDeviceRule[] {
  const rules = base.linux.resources?.devices ?? [];
  return rules.some((rule) => !rule.allow) ? [...rules, ...DEFAULT_DEVICE_RULES.filter((rule) => rule.allow)] : rules;
}

function ownedByRuntime(path: string): boolean {
  return (
    /^\/dev\/(pts|shm|mqueue)\//.test(path) ||
    path === '/dev/console' ||
    path === '/dev/ptmx' ||
    DEFAULT_DEVICES.some((node) => node.path === path)
  );
}

function nodeOf(device: HostDevice, path: string): OciDevice {
  const { type, major, minor, fileMode, uid, gid } = device;
  return { path, type, major, minor, fileMode, uid, gid };
}

function parseDevice(text: string, field: string): { source: string; target: string; access: string } {
  const parts = text.split(':');
  const [source = '', second, third] = parts;
  const isAccess = (word: string | undefined): boolean => word !== undefined && /^[rwm]{1,3}$/.test(word);
  const target = second === undefined || (parts.length === 2 && isAccess(second)) ? source : second;
  const access = third ?? (target === source && isAccess(second) ? (second as string) : 'rwm');
  if (parts.length > 3 || !source.startsWith('/') || !target.startsWith('/') || !isAccess(access)) {
    throw configInvalid(field, `must be /dev/HOST[:/dev/CONTAINER[:rwm]], not ${JSON.stringify(text)}`);
  }
  return { source, target, access };
}
