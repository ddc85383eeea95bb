import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#agent/containers/clock.js';
import type { Containers } from '#agent/containers/open.js';
import type { Rules } from '#agent/governor/act/rules.js';
import { Ticker } from '#agent/governor/tick.js';
import type { Observer } from '#agent/sampler/observer.js';

/** Looks at every container each period once started, and tells whoever listens what it saw. */
export function newTicker(
  periodMs: number,
  parts: { observer: Observer; containers: Containers; rules: Rules; clock: Clock; onFault: (error: unknown) => void },
): Ticker {
  const { observer, containers, rules, clock, onFault } = parts;
  const ticker = new Ticker({
    periodMs,
    clock,
    take: () => observer.tickInTurns(turn),
    onSlow: (tookMs) => containers.events.emit('tick-slow', undefined, { tookMs: Math.round(tookMs), periodMs }),
    onFault,
  });
  ticker.listen(() => containers.noticeOomKills(observer.oomKills()));
  ticker.listen((snapshot) => rules.tick(snapshot));
  return ticker;
}
