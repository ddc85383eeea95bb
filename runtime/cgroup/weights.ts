/**
 * cpu.shares → cpu.weight, the formula of runc ≥ 1.3.2 and crun ≥ 1.23, which keeps the defaults together (1024 → 100):
 * ceil(10^((l² + 125 l)/612 − 7/34)), l = log2(shares). ≤ 2 → 1, ≥ 262144 → 10000. Source: opencontainers/cgroups utils.go.
 */
export function weightFromShares(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  return Math.ceil(exactWeight(shares));
}

/**
 * cpu.weight → cpu.shares, the inverse of {@link weightFromShares}: the largest shares that convert back to `weight`
 * (2^((−125 + √(15625 + 2448·(log10 w + 7/34)))/2), rounded down; 100 → 1024).
 */
export function sharesFromWeight(weight: number): number {
  const log2 = (-125 + Math.sqrt(15625 + 2448 * (Math.log10(weight) + 7 / 34))) / 2;
  let shares = Math.min(262144, Math.max(2, Math.round(2 ** log2)));
  while (shares > 2 && weightFromShares(shares) > weight) shares--;
  while (shares < 262144 && weightFromShares(shares + 1) <= weight) shares++;
  return shares;
}

/** blkio weight (10..1000) → io.weight (1..10000): 1 + (w − 10)·9999/990. Source: opencontainers/cgroups utils.go. */
export function ioWeightFromBlkio(blkioWeight: number): number {
  return Math.floor(1 + ((blkioWeight - 10) * 9999) / 990);
}

/**
 * io.weight (1..10000) → bfq's weight (1..1000), so that the two defaults of 100 stay equal: as it is up to 100, the rest scaled.
 * (The OCI formula turned round would make 20 of the default, a fifth of every untouched neighbour.) Source: systemd cgroup.c BFQ_WEIGHT.
 */
export function bfqWeightFromIo(weight: number): number {
  return weight <= 100 ? weight : Math.round(100 + ((weight - 100) * 900) / 9900);
}

/** The inverse of {@link bfqWeightFromIo}. */
export function ioWeightFromBfq(bfqWeight: number): number {
  return bfqWeight <= 100 ? bfqWeight : Math.round(100 + ((bfqWeight - 100) * 9900) / 900);
}

// Floating point leaves 10^2 at 100.00000000000001 for the very shares (1024) the formula was made for: ceil must not see that.
function exactWeight(shares: number): number {
  const log2 = Math.log2(shares);
  const weight = 10 ** ((log2 * log2 + 125 * log2) / 612 - 7 / 34);
  const rounded = Math.round(weight);
  return Math.abs(weight - rounded) < 1e-9 * weight ? rounded : weight;
}
