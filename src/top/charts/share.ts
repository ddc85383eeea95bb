/** `value` of `max`, from 0 to 1; 0 where either is no such number. */
export function shareOf(value: number, max: number): number {
  const share = max > 0 ? value / max : 0;
  return share > 0 ? Math.min(1, share) : 0;
}
