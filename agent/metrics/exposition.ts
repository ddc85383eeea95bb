/** The text format of Prometheus, version 0.0.4. Source: prometheus.io "Exposition formats". */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type MetricType = 'gauge' | 'counter' | 'untyped' | 'histogram';

/** The head of a family: `# HELP` and `# TYPE`. */
export function familyHead(name: string, type: MetricType, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`;
}

/** One series; `labels` as label() joined by commas, or empty. */
export function seriesLine(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${formatValue(value)}\n` : `${name}{${labels}} ${formatValue(value)}\n`;
}

/** `name="value"`, the value escaped. */
export function label(name: string, value: string): string {
  return `${name}="${ESCAPED.test(value) ? escapeValue(value) : value}"`;
}

/** A key of a container's label as a metric label: `container_label_` and what Prometheus allows in names. */
export function containerLabelName(key: string): string {
  return `container_label_${key.replace(/[^a-zA-Z0-9_]/g, '_')}`;
}

const ESCAPED = /["\\\n]/;

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
