export type MetricType = 'gauge' | 'counter' | 'untyped' | 'histogram';

/** One family of /metrics, as docs/metrics.md has it. */
export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Labels of its series, beside those that say which container it is of. */
  readonly labels: readonly string[];
  /** A series each container, with labels that say which; else it is of the node or the agent. */
  readonly perContainer: boolean;
  /** Where its figure is from. */
  readonly source: { readonly v2: string; readonly v1: string } | string;
  /** Only in the profile `full`. */
  readonly full?: true;
}

/** Lines of series of one metric. Of a metric that comes in several blocks, these follow each other. */
export interface Block {
  metric: Metric;
  text: string;
}

/** Makes blocks a part at a time, so that whoever asks for them may pause in between. */
export type Blocks = Iterable<Block>;
