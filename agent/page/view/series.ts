export interface Point {
  atMs: number;
  value: number;
}

/** Points of the last `spanMs`, oldest first. */
export class Series {
  readonly #spanMs: number;
  #points: Point[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  get points(): readonly Point[] {
    return this.#points;
  }

  get spanMs(): number {
    return this.#spanMs;
  }

  /** One that is not newer than the last is left out. */
  add(point: Point): void {
    const last = this.#points.at(-1);
    if (last !== undefined && point.atMs <= last.atMs) return;
    this.#points.push(point);
    const oldestMs = point.atMs - this.#spanMs;
    if (this.#points[0]!.atMs < oldestMs) this.#points = this.#points.filter(({ atMs }) => atMs >= oldestMs);
  }

  /** What was recorded before; what is there already stays. */
  begin(points: readonly Point[]): void {
    const firstMs = this.#points[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const live = this.#points;
    this.#points = [];
    for (const point of points) if (point.atMs < firstMs) this.add(point);
    for (const point of live) this.add(point);
  }
}

/** A gap longer than this breaks the line. */
const GAP_MS = 15_000;

/**
 * The line of a chart as an SVG path in a box of `width` × `height`, newest at the right, `top` at the top: what lies outside is cut to it.
 */
export function linePath({ points, spanMs }: Series, width: number, height: number, top: number): string {
  const newestMs = points.at(-1)?.atMs ?? 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return points
    .map(({ atMs, value }) => {
      const x = width - ((newestMs - atMs) / spanMs) * width;
      const y = height - Math.min(1, Math.max(0, value / top)) * height;
      const command = atMs - lastMs > GAP_MS ? 'M' : 'L';
      lastMs = atMs;
      return `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join('');
}

/** The top of an axis: `limit` where there is one that is reached, else a round figure above all values. */
export function axisTop(
  points: readonly Point[],
  limit: number | undefined,
  { least, binary = false }: { least: number; binary?: boolean },
): number {
  const highest = Math.max(least, ...points.map(({ value }) => value));
  if (limit !== undefined && highest <= limit && highest > limit / 20) return limit;
  if (binary) return 2 ** Math.ceil(Math.log2(highest));
  const step = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((factor) => factor * step).find((top) => top >= highest) ?? highest;
}
