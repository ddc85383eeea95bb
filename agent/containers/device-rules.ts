import type { DeviceRule } from '#runtime/cgroup/limits.js';
import type { OciConfig } from '#runtime/spec/oci.js';

/** linux.resources.devices of config.json as the runtime's rules: -1 and absence both mean any number. */
export function deviceRules(spec: OciConfig): DeviceRule[] {
  return (spec.linux.resources?.devices ?? []).map(({ allow, type = 'a', major, minor, access = 'rwm' }) => ({
    allow,
    type: type as DeviceRule['type'],
    access,
    ...(major === undefined || major < 0 ? {} : { major }),
    ...(minor === undefined || minor < 0 ? {} : { minor }),
  }));
}
