import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  metric: string;
  labels: string[];
}

/** What an expression selects; Grafana's own variables count as values. Throws where Prometheus' grammar does not take it. */
export function selectorsOf(expr: string): Selector[] {
  const text = withoutMacros(expr);
  const selectors: Selector[] = [];
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${text}`);
      const taken = text.slice(node.from, node.to);
      if (node.name === 'VectorSelector') selectors.push({ metric: taken.split('{')[0]?.trim() ?? '', labels: [] });
      if (node.name === 'LabelName' && node.node.parent?.name.endsWith('Matcher') === true) selectors.at(-1)?.labels.push(taken);
    },
  });
  return selectors;
}

/** Its selectors as they stand there, matchers and all; functions, ranges and comparisons left out. */
export function selectorTexts(expr: string): string[] {
  const texts: string[] = [];
  parser.parse(expr).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'VectorSelector') texts.push(expr.slice(from, to));
    },
  });
  return texts;
}

/** `$name` and `${name}` of Grafana as Prometheus would get them. */
export function withoutMacros(expr: string): string {
  return expr
    .replaceAll(/\[\$__(rate_interval|interval|range)\]/g, '[5m]')
    .replaceAll(/\[\$interval\]/g, '[5m]')
    .replaceAll(/\$\{?\w+\}?/g, '.*');
}
