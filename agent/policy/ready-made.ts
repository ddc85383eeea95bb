import type { DecideLeaf, DecideStep, LadderRule, SenpaiRule } from '#agent/contract/decision.js';
import { parseDurationUsec } from '#agent/contract/duration.js';
import type { PolicyRule, VictimOrder } from '#agent/contract/rule.js';
import { parseSize } from '#agent/contract/size.js';
import { durationMs } from './duration-ms.js';
import { parseBound } from './signals.js';

const OOMD_COOLDOWN_MS = 15_000;
const DEFAULT_FOR_MS = 30_000;
const MiB = 1 << 20;

export interface Given {
  cooldownMs: number | undefined;
  steps: readonly DecideStep[] | undefined;
  victims: Pick<LadderRule['victims'], 'prefer' | 'avoid'>;
}

/**
 * systemd-oomd's two detectors: memory.full.avg10 above `pressure` for `for` while reclaim looked at pages within that time; and, with
 * `swapFree`, less memory and less swap free than that. Source: systemd src/oom/oomd-manager.c, oomd-util.c.
 */
export function oomdRules(
  rule: PolicyRule,
  { cooldownMs = OOMD_COOLDOWN_MS, steps = [{ kind: 'kill' }], victims }: Given,
): LadderRule[] {
  const forMs = rule.for === undefined ? DEFAULT_FOR_MS : durationMs(rule.for);
  const node = (rule.of ?? 'node') === 'node';
  const pressure = leaf('pressure', node ? 'node.memory.full.avg10' : 'memory.full.avg10', percent(rule.pressure ?? 60), {
    forMs,
  });
  const by = (order: VictimOrder) => ({ by: rule.victims?.by ?? order, ...victims });
  const base = { kind: 'ladder', steps, cooldownMs } as const;
  const rules: LadderRule[] = [
    {
      ...base,
      name: rule.name,
      scope: node ? 'node' : 'container',
      forMs,
      // Of the node, a container that reclaim did not look at is no victim: they are ranked by that.
      when: node ? pressure : { kind: 'all', of: [pressure, leaf('scans', 'memory.scans', 0, { forMs, within: true })] },
      victims: by('scans'),
    },
  ];
  if (rule.swapFree !== undefined) {
    const bound = percent(rule.swapFree);
    const below = (key: string, signal: string) => ({ ...leaf(key, signal, bound, { forMs: 0 }), is: 'below' as const });
    rules.push({
      ...base,
      name: `${rule.name}:swap`,
      scope: 'node',
      forMs: 0,
      when: { kind: 'all', of: [below('swap', 'node.swap.free'), below('memory', 'node.memory.available')] },
      victims: by('swap'),
    });
  }
  return rules;
}

/**
 * A container at its limit that storms memory.high or memory.max events and reads back what was reclaimed, and gets nothing done: more
 * than a fifth of the time everything in it waits for memory (where the host has its pressure).
 */
export function thrashRule(
  rule: PolicyRule,
  {
    cooldownMs,
    steps = [{ kind: 'notify', message: 'it thrashes' }],
  }: { cooldownMs: number; steps: readonly DecideStep[] | undefined },
): LadderRule {
  const forMs = rule.for === undefined ? DEFAULT_FOR_MS : durationMs(rule.for);
  const events = rule.events ?? 100;
  return {
    kind: 'ladder',
    name: rule.name,
    scope: 'container',
    forMs,
    cooldownMs,
    steps,
    victims: { by: 'growth', prefer: undefined, avoid: undefined },
    when: {
      kind: 'all',
      of: [
        {
          kind: 'any',
          of: [leaf('high', 'memory.events.high', events, { forMs }), leaf('max', 'memory.events.max', events, { forMs })],
        },
        leaf('refaults', 'memory.refaults', rule.refaults ?? 1000, { forMs }),
        { ...leaf('stalled', 'memory.full.avg10', 20, { forMs }), absent: true },
      ],
    },
  };
}

/** Numbers of Meta's senpai: 10 ms of stall in 6 s. */
export function senpaiRule(rule: PolicyRule): SenpaiRule {
  return {
    kind: 'senpai',
    name: rule.name,
    targetUsec: parseDurationUsec(rule.target ?? '10ms') ?? 0,
    intervalMs: durationMs(rule.interval ?? '6s'),
    floorBytes: parseSize(rule.floor ?? 100 * MiB) ?? 0,
  };
}

function leaf(key: string, signal: string, bound: number, options: { forMs: number; within?: boolean }): DecideLeaf {
  return { kind: 'signal', key, signal, is: 'above', bound, until: bound, within: false, absent: false, ...options };
}

function percent(value: number | string): number {
  const parsed = parseBound('percent', value);
  return 'value' in parsed ? parsed.value : Number.NaN;
}
