import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type NodeContext, reportFault } from '#agent/containers/context.js';
import { armThaw } from '#agent/containers/freeze.js';
import { governContainer } from '#agent/containers/govern.js';
import { reassertContainer } from '#agent/containers/reassert.js';
import { recordVanish } from '#agent/containers/record-vanish.js';
import { ForeignStore } from '#agent/store/foreign-store.js';
import type { Syscalls } from '#native/libc.js';
import { Discovery, type SeenWhy } from './discovery.js';
import type { Foreign } from './foreign.js';

/** Containers that are not ours. */
export interface Others {
  /** The first look, in which others have their turn; what an earlier agent left in force on them is taken up. */
  start(): Promise<void>;
  /** What may be governed: see Discovery.governed. */
  governed(): Foreign[];
  /** Everything found, plain cgroups too. */
  all(): Foreign[];
  /** Throws CONTAINER_NOT_FOUND, REF_AMBIGUOUS, STATE_CONFLICT. */
  resolve(ref: string): Foreign;
  /** Looks anew which plain cgroups policies claim. */
  claim(): void;
  /** Why changes are noticed by scans only; undefined: they are told as they happen. */
  readonly refused: string | undefined;
  /** Lets go of them, which stay as they are. */
  close(): Promise<void>;
}

export interface OthersOptions {
  root: string;
  /** Put before every path of a runtime's files; empty on a real host. */
  fileRoot: string;
  /** To hear of changes at once; absent: by scans alone. */
  syscalls: Syscalls | undefined;
}

/** Finds everybody's containers and keeps those that policies match, or people name, governed. */
export function openOthers(context: NodeContext, { root, fileRoot, syscalls }: OthersOptions): Others {
  const discovery = new Discovery({
    cgroups: context.cgroups,
    procRoot: context.procRoot,
    fileRoot,
    bootId: readFileSync(join(context.procRoot, 'sys/kernel/random/boot_id'), 'latin1').trim(),
    cgroupParent: context.cgroupParent,
    store: new ForeignStore(root),
    clock: context.clock,
    syscalls,
    onSeen: (foreign, why) => seen(context, foreign, why),
    onGone: (foreign) => {
      foreign.cancelThaw?.();
      const governed = foreign.claimed || foreign.touched;
      if (foreign.runtime === 'other' && !governed) return;
      context.events.emit('vanish', foreign.subject());
      if (governed || foreign.runtime !== 'systemd') recordVanish(context, foreign, foreign.appearedAtMs);
    },
    onFault: (operation, error) => reportFault(context, undefined, operation, error),
  });
  return {
    start: () => discovery.startInTurns(turn),
    governed: () => discovery.governed(),
    all: () => discovery.all(),
    resolve: (ref) => discovery.resolve(ref),
    claim: () => {
      for (const foreign of discovery.all()) claim(context, foreign);
    },
    get refused() {
      return discovery.refused;
    },
    close: async () => {
      discovery.close();
      for (const foreign of discovery.all()) foreign.cancelThaw?.();
      await Promise.all(discovery.governed().map(({ queue }) => queue.idle()));
    },
  };
}

function seen(context: NodeContext, foreign: Foreign, why: SeenWhy): void {
  claim(context, foreign);
  if (why === 'appeared' && foreign.runtime !== 'other') context.events.emit('appear', foreign.subject());
  if (why === 'adopted') armThaw(context, foreign);
  if (foreign.runtime === 'other' && !foreign.claimed && !foreign.touched) return;
  const look = why === 'moved' ? reassertContainer : governContainer;
  foreign.queue.run(() => look(context, foreign)).catch((error: unknown) => reportFault(context, foreign, 'policy', error));
}

/** Nobody governs a plain cgroup that no policy names. */
function claim(context: NodeContext, foreign: Foreign): void {
  if (foreign.runtime !== 'other') return;
  foreign.claimed = context.policies.verdict(foreign.policySubject()).names.length > 0;
}
