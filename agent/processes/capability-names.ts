import { CAPABILITIES } from '#runtime/spec/capabilities.js';

/** The names in a capability mask as /proc writes it (hexadecimal); one younger than our list is `CAP_<number>`. */
export function capabilityNames(mask: string): string[] {
  const names: string[] = [];
  let rest = BigInt(`0x${mask}`);
  for (let index = 0; rest > 0n; index++, rest >>= 1n) if ((rest & 1n) === 1n) names.push(CAPABILITIES[index] ?? `CAP_${index}`);
  return names;
}
