import type { CgroupWrite } from './controller.js';
import { CgroupError } from './errors.js';
import type { DeviceRule } from './limits.js';

/**
 * The writes that make a v1 devices cgroup follow the rules, in their order. A rule for everything resets the list, so `deny a` and then
 * allows are the usual form. Throws UNSUPPORTED for a rule that v1's list cannot say: one taken out of a wider rule before it, which
 * the kernel would ignore without a word. Source: cgroup-v1/devices.rst, runtime-spec config-linux.md "Allowed Device list".
 */
export function planDevicesV1(rules: readonly DeviceRule[]): CgroupWrite[] {
  const hole = findHole(rules);
  if (hole !== undefined) throw hole;
  return rules.flatMap((rule, index) =>
    splitTypes(rule).map((one) => ({
      controller: 'devices',
      file: rule.allow ? 'devices.allow' : 'devices.deny',
      value: isEverything(one) ? 'a' : ruleText(one),
      field: `devices[${index}]`,
    })),
  );
}

/** `c 1:3 rwm`, `*` for any number: the form of devices.allow and of messages. */
export function ruleText(rule: DeviceRule): string {
  return `${rule.type} ${rule.major ?? '*'}:${rule.minor ?? '*'} ${rule.access}`;
}

/** Whether the rule is about every access to every device, so that nothing before it matters. */
export function isEverything(rule: DeviceRule): boolean {
  const everyAccess = ['r', 'w', 'm'].every((bit) => rule.access.includes(bit));
  return rule.type === 'a' && rule.major === undefined && rule.minor === undefined && everyAccess;
}

/** To the kernel `a` always means everything; a narrower rule for both types is two rules. */
function splitTypes(rule: DeviceRule): DeviceRule[] {
  if (rule.type !== 'a' || isEverything(rule)) return [rule];
  return [
    { ...rule, type: 'b' },
    { ...rule, type: 'c' },
  ];
}

/** v1 keeps a default and exceptions to it; an exception is taken back only by the very numbers it was made with. */
function findHole(rules: readonly DeviceRule[]): CgroupError | undefined {
  let allowed = true;
  let exceptions: DeviceRule[] = [];
  for (const [index, whole] of rules.entries())
    for (const rule of splitTypes(whole)) {
      if (isEverything(rule)) {
        allowed = rule.allow;
        exceptions = [];
      } else if (rule.allow !== allowed) {
        exceptions.push(rule);
      } else {
        const wider = exceptions.find((one) => overlap(one, rule) && !sameNumbers(one, rule));
        if (wider !== undefined) return holeError(rule, wider, index);
      }
    }
  return undefined;
}

function holeError(rule: DeviceRule, wider: DeviceRule, index: number): CgroupError {
  const verb = rule.allow ? 'allow' : 'deny';
  return new CgroupError(
    'UNSUPPORTED',
    `device rule ${index}: cgroup v1 cannot ${verb} "${ruleText(rule)}" out of "${ruleText(wider)}" before it; it needs cgroup v2, or narrower rules`,
    { field: `linux.resources.devices[${index}]` },
  );
}

function sameNumbers(a: DeviceRule, b: DeviceRule): boolean {
  return a.type === b.type && a.major === b.major && a.minor === b.minor;
}

function overlap(a: DeviceRule, b: DeviceRule): boolean {
  const meet = (x: number | undefined, y: number | undefined) => x === undefined || y === undefined || x === y;
  return (
    a.type === b.type && meet(a.major, b.major) && meet(a.minor, b.minor) && [...a.access].some((bit) => b.access.includes(bit))
  );
}
