import type { Condition } from '#agent/contract/container.js';
import type { DecideCondition, DecideLeaf, DecidePolicy } from '#agent/contract/decision.js';
import type { Snapshot } from '#agent/contract/snapshot.js';

/**
 * Signals that a policy's rules look at and nothing here has: such a condition never holds. Of a container's signals only where the policy
 * matches some that were looked at twice, for rates need that. Pure.
 */
export function missingSignals({ matches, rules }: DecidePolicy, { node, containers }: Snapshot): Condition[] {
  const matched = containers.filter((container) => matches(container) && container.signals['cpu.usage'] !== undefined);
  return rules.flatMap((rule): Condition[] => {
    if (rule.kind === 'senpai') return [];
    const missing = leavesOf(rule.when).filter(({ signal, absent }) => {
      if (absent || node.signals[signal] !== undefined) return false;
      return signal.startsWith('node.') || (matched.length > 0 && matched.every(({ signals }) => signals[signal] === undefined));
    });
    return [...new Set(missing.map(({ signal }) => signal))].map((signal) => ({
      type: 'SignalMissing',
      field: signal,
      reason: 'NoValue',
      message: `${rule.name}: ${signal} ${signal.startsWith('node.') ? 'is nothing this host has' : WHY(matched.length)}; what looks at it never holds`,
    }));
  });
}

const WHY = (count: number): string =>
  `has no value on any of the ${count} containers (shares of a limit need the limit, pressure needs PSI, latencies need BPF)`;

function leavesOf(condition: DecideCondition): DecideLeaf[] {
  return condition.kind === 'signal' ? [condition] : condition.of.flatMap(leavesOf);
}
