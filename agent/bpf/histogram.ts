/**
 * Histograms as our BPF programs make them: slot i counts values in [2^i, 2^(i+1)), slot 0 also 0, the last all that is larger. Pure.
 */

/** Upper bound of a slot, in the slots' unit. */
export function slotBound(slot: number): number {
  return 2 ** (slot + 1);
}

/** How many values there are in `slots` from `from` on. */
export function countOf(values: Float64Array, from: number, slots: number): number {
  let count = 0;
  for (let slot = 0; slot < slots; slot += 1) count += values[from + slot] ?? 0;
  return count;
}

/**
 * The value that a share `q` of the first `slots` counts does not exceed, in the slots' unit, taken to lie evenly within its slot;
 * undefined: there are no values.
 */
export function quantile(values: Float64Array, slots: number, q: number): number | undefined {
  const total = countOf(values, 0, slots);
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (let slot = 0; slot < slots; slot += 1) {
    const count = values[slot] ?? 0;
    if (count > 0 && below + count >= rank) {
      const low = slot === 0 ? 0 : 2 ** slot;
      return low + (slotBound(slot) - low) * ((rank - below) / count);
    }
    below += count;
  }
  return slotBound(slots - 1);
}

/** Cumulative counts at every second bound: what a histogram of Prometheus has, `le` in the slots' unit, without +Inf. */
export function buckets(values: Float64Array, from: number, slots: number): { le: number; count: number }[] {
  const found: { le: number; count: number }[] = [];
  let count = 0;
  for (let slot = 0; slot < slots - 1; slot += 1) {
    count += values[from + slot] ?? 0;
    if (slot % 2 === 1) found.push({ le: slotBound(slot), count });
  }
  return found;
}
