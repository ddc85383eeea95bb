import { type Played, playTape, type Step, straight } from './play-tape.js';
import { O_PATH } from './small-root.js';
import type { Teardown } from './temp.js';

/** The slot of the rootfs. */
export const ROOT = 1;
/** The slot that a step's result is in. */
export const OUT = 2;
/** A mode or an owner that is left as it is. */
export const KEEP = 0xffffffff;
export const NULL_DEVICE = 0x103;

/** Plays steps with the rootfs in slot ROOT; a step's index in the tape is its own plus one. */
export function inRoot(t: Teardown, root: string, ...steps: Step[]): Promise<Played> {
  const open: Step = { op: 'open', dir: undefined, path: root, flags: O_PATH, mode: 0, resolve: 0, out: ROOT };
  return playTape(t, straight([open, ...steps, ...(steps.at(-1)?.op === 'exec' ? [] : [{ op: 'finish' } as const])]));
}

export const mkdirAll = (path: string, change: { mode?: number; uid?: number; gid?: number } = {}): Step => ({
  ...{ op: 'mkdirAll', root: ROOT, path, mode: 0o755, uid: KEEP, gid: KEEP, out: OUT },
  ...change,
});
/** Opens what `makeTarget` then makes the like of. */
export const like = (path: string): Step => ({ op: 'open', dir: undefined, path, flags: O_PATH, mode: 0, resolve: 0, out: 3 });
export const makeTarget = (path: string): Step => ({ op: 'makeTarget', root: ROOT, path, like: 3, out: OUT });
export const makeNode = (
  path: string,
  change: { mode?: number; dev?: number; uid?: number; gid?: number; fallback?: number } = {},
): Step => ({
  ...{ op: 'makeNode', root: ROOT, path, mode: 0o20666, dev: NULL_DEVICE, uid: 0, gid: 0, fallback: undefined },
  ...change,
});
