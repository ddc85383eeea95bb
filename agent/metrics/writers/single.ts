import { label, seriesLine } from '#agent/metrics/exposition.js';
import type { Block, Metric } from '#agent/metrics/metric.js';

/** A metric of the node or the agent. */
export function nodeMetric(
  name: string,
  type: 'gauge' | 'counter' | 'histogram',
  help: string,
  source: string,
  labels: readonly string[] = [],
): Metric {
  return { name, type, help, labels, perContainer: false, source };
}

/** Its only series. */
export function single(metric: Metric, value: number): Block {
  return { metric, text: seriesLine(metric.name, '', value) };
}

/** Series with labels, as label() joined by commas. */
export function several(metric: Metric, series: Iterable<readonly [labels: string, value: number]>): Block {
  let text = '';
  for (const [labels, value] of series) text += seriesLine(metric.name, labels, value);
  return { metric, text };
}

/** One histogram; `counts` are of each bucket and what is below it, `count` of all. */
export function histogramLines(
  name: string,
  labels: string,
  { bounds, counts, sum, count }: { bounds: readonly number[]; counts: readonly number[]; sum: number; count: number },
): string {
  const prefix = labels === '' ? '' : `${labels},`;
  let text = '';
  for (const [index, bound] of bounds.entries())
    text += seriesLine(`${name}_bucket`, `${prefix}${label('le', String(bound))}`, counts[index] ?? 0);
  text += seriesLine(`${name}_bucket`, `${prefix}${label('le', '+Inf')}`, count);
  return text + seriesLine(`${name}_sum`, labels, sum) + seriesLine(`${name}_count`, labels, count);
}

export const SCRAPE_ERROR = nodeMetric('container_scrape_error', 'gauge', '1: a container could not be read.', 'this scrape');
