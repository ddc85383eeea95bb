import { factor, rise, setBy, type WhyRule } from './facts.js';

/** Forks that pids.max refused, or would. */
export const pids: WhyRule = (facts, { limits, before, after }) => {
  const max = limits['pids.max'];
  if (typeof max !== 'number') return [];
  const refused = rise(before.pidsRefused, after.pidsRefused) ?? 0;
  const full = (after.pids ?? 0) >= max;
  if (refused === 0 && !full) return [];
  return [
    factor({
      kind: 'pids-max',
      summary:
        refused > 0
          ? `it may have ${max} processes and threads: ${refused} forks were refused`
          : `it has all the ${max} processes and threads it may have: the next fork is refused`,
      figures: { max, current: after.pids ?? 0, refused },
      field: 'pids.max',
      setBy: setBy(facts, 'pids.max'),
      advice: 'raise pids.max (limit --pids-limit), or find what forks',
    }),
  ];
};
