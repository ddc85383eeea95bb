import { CAPABILITIES, capabilityMask, capabilityNames } from '#runtime/spec/capabilities.js';
import { specUnsupported } from '#runtime/spec/errors.js';
import { CAPABILITY_SETS, type OciConfig, type OciProcess } from '#runtime/spec/oci.js';
import type { CompileContext } from './compile-context.js';

/** mount_setattr(2) is the youngest call every tape makes. */
const KERNEL_MIN: readonly [number, number] = [5, 12];

/** Refuses what this kernel or tsgov's own rights cannot carry, by field, before anything is set up. */
export function checkHost(spec: OciConfig, process: OciProcess, context: CompileContext): void {
  const { kernel } = context;
  if (kernel[0] < KERNEL_MIN[0] || (kernel[0] === KERNEL_MIN[0] && kernel[1] < KERNEL_MIN[1])) {
    throw specUnsupported(
      'linux',
      `containers need Linux ${KERNEL_MIN.join('.')} or newer (mount_setattr), this is ${kernel.join('.')}`,
    );
  }
  // In a user namespace of its own the container has all capabilities there are, over what is in it.
  if (spec.linux.namespaces?.some((entry) => entry.type === 'user')) return;
  for (const set of CAPABILITY_SETS) {
    const missing = capabilityMask(process.capabilities?.[set] ?? []) & ~context.hostCapabilities;
    if (missing === 0n) continue;
    const names = capabilityNames(missing & ((1n << BigInt(CAPABILITIES.length)) - 1n));
    throw specUnsupported(
      `process.capabilities.${set}`,
      `tsgov does not have ${names.join(', ')} on this host and cannot hand it on`,
    );
  }
}
