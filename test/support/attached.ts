import { ATTACH } from '#runtime/container/shim-client.js';
import type { Launched } from './shim-host.js';

export const BOTH_OUTPUTS = ATTACH.stdout | ATTACH.stderr;
export const ALL_STREAMS = BOTH_OUTPUTS | ATTACH.stdin;

/** The streams of a launch, attached before it is let go if it is held: nothing can be missed then. */
export async function attached(run: Launched, mask: number) {
  await run.process.created;
  return run.process.attach(mask);
}
