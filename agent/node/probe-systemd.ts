import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { type FeatureText, fileText, isThere, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const INIT: FeatureText = { name: 'init system', group: 'system', cost: '', remedy: '' };

/** Whether systemd runs the node, as sd_booted(3) tells: it then manages cgroups of its own, which tsgov keeps out of. */
export function probeSystemd(host: ProbeHost): HostFeature[] {
  if (isThere(join(host.runRoot, 'systemd/system'))) return [ok(INIT, 'systemd')];
  return [ok(INIT, `no systemd; pid 1 is ${fileText(join(host.procRoot, '1/comm')) ?? 'not visible'}`)];
}
