import type { WhyRule } from './facts.js';
import { factor, round } from './facts.js';

/** It stands still, by whomever. */
export const frozen: WhyRule = (facts, run) => {
  const { frozen: found } = facts;
  if (found === undefined || !run.snapshot.frozen) return [];
  if (found.parent !== undefined)
    return [
      factor({
        kind: 'frozen',
        sharePercent: 100,
        summary: `cgroup ${found.parent} is frozen, and with it everything below`,
        setBy: 'whoever froze that cgroup',
        advice: 'thaw that cgroup: thawing the container does not help',
      }),
    ];
  const by = found.by ?? facts.sources.state ?? 'not tsgov: frozen from outside';
  const leftSec = found.thawAtMs === null ? undefined : Math.max(0, round((found.thawAtMs - found.nowMs) / 1000));
  return [
    factor({
      kind: 'frozen',
      sharePercent: 100,
      summary:
        leftSec === undefined ? 'it is frozen: no process of it runs' : `it is frozen, and thaws by itself in ${leftSec} s`,
      figures: leftSec === undefined ? {} : { thawsInSec: leftSec },
      field: 'state',
      setBy: by,
      advice:
        facts.sources.state === undefined
          ? 'tsgov thaw lets it go on'
          : `${facts.sources.state} keeps it frozen: change that, or override it with tsgov thaw`,
    }),
  ];
};
