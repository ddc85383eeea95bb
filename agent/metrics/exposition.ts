import type { Metric, MetricType } from './metric.js';

/** How a scrape is written: series are the same in both, heads are not. */
export interface Format {
  readonly contentType: string;
  /** What stands before the series of a metric. */
  head(metric: Pick<Metric, 'name' | 'type' | 'help'>): string;
  /** What stands behind everything. */
  readonly end: string;
}

/** The text format of Prometheus, version 0.0.4. Source: prometheus.io "Exposition formats". */
export const TEXT: Format = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  head: ({ name, type, help }) => `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
  end: '',
};

/**
 * OpenMetrics 1.0. Counters are families without `_total`. No `_created`: a Prometheus keeps each as a series of its own, which would double
 * the counters, and when a container's began says container_start_time_seconds.
 */
export const OPENMETRICS: Format = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  head: ({ name, type, help }) => {
    const family = type === 'counter' ? name.replace(/_total$/, '') : name;
    return `# TYPE ${family} ${OPENMETRICS_TYPE[type]}\n# HELP ${family} ${escapeHelp(help).replaceAll('"', '\\"')}\n`;
  },
  end: '# EOF\n',
};

const OPENMETRICS_TYPE: Readonly<Record<MetricType, string>> = {
  gauge: 'gauge',
  counter: 'counter',
  histogram: 'histogram',
  untyped: 'unknown',
};

/** One series; `labels` as label() joined by commas, or empty. */
export function seriesLine(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${formatValue(value)}\n` : `${name}{${labels}} ${formatValue(value)}\n`;
}

/** `name="value"`, the value escaped. */
export function label(name: string, value: string): string {
  return `${name}="${ESCAPED.test(value) ? escapeValue(value) : value}"`;
}

const ESCAPED = /["\\\n]/;

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
