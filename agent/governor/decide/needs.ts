import type { DecideCondition, DecidePolicy, DecideStep } from '#agent/contract/decision.js';
import type { VictimOrder } from '#agent/contract/rule.js';

/** Signals that are read together with what ranking by each looks at. */
const RANKED_BY: Readonly<Record<VictimOrder, readonly string[]>> = {
  growth: ['memory.current'],
  size: ['memory.current'],
  pressure: ['memory.full.avg10', 'memory.full.avg60'],
  swap: ['memory.swap.current'],
  scans: ['memory.scans', 'memory.current'],
};

/** The same of senpai: stall times, and what no reclaim can free. */
const SENPAI = ['memory.current', 'memory.some.avg10', 'memory.anon', 'memory.scans'];

/** Signals that these policies' rules look at, which therefore must be fresh each tick. Pure. */
export function neededSignals(policies: readonly DecidePolicy[]): Set<string> {
  const needed = new Set<string>();
  const add = (names: readonly string[]): void => {
    for (const name of names) needed.add(name);
  };
  for (const { rules } of policies)
    for (const rule of rules) {
      if (rule.kind === 'senpai') {
        add(SENPAI);
        continue;
      }
      add(signalsOf(rule.when));
      if (rule.scope === 'node') add(RANKED_BY[rule.victims.by]);
      for (const step of rule.steps) add(usedBy(step));
    }
  return needed;
}

function signalsOf(condition: DecideCondition): string[] {
  return condition.kind === 'signal' ? [condition.signal] : condition.of.flatMap(signalsOf);
}

/** What shares are of. */
function usedBy(step: DecideStep): readonly string[] {
  if (step.kind === 'reclaim') return ['memory.current'];
  if (step.kind === 'throttle') return ['cpu.usage'];
  return step.kind === 'set' ? ['memory.current', 'memory.swap.current', 'pids.current'] : [];
}
