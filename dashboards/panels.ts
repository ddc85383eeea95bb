import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphGradientMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  type Panel,
  type ThresholdsConfig,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

export interface Query {
  expr: string;
  /** Labels in {{…}}; a column's heading in a table. */
  legend: string;
}

/** A colour from this value on; the first has none below it. */
export type Step = readonly [from: number | null, color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text'];

export interface PanelSpec {
  title: string;
  description: string;
  /** Of @grafana/grafana-foundation-sdk/units. */
  unit: string;
  /** Of 24. */
  width: number;
  height?: number;
  queries: readonly Query[];
  steps?: readonly Step[];
  min?: number;
  max?: number;
}

export type PanelMaker = Builder<Panel>;

/** Lines over time. Series are of containers when `container` says so: a click on one opens its dashboard. */
export function graph(spec: PanelSpec & { stacked?: boolean; container?: boolean }): PanelMaker {
  const legend = new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
  const panel = new TimeseriesBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(spec.height ?? 8)
    .targets(targets(spec.queries))
    .min(spec.min ?? 0)
    .lineWidth(1)
    .fillOpacity(spec.stacked === true ? 40 : 8)
    .gradientMode(GraphGradientMode.Opacity)
    .showPoints(VisibilityMode.Never)
    .legend(legend)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .thresholds(thresholds(spec.steps ?? []));
  if (spec.max !== undefined) panel.axisSoftMax(spec.max);
  if (spec.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (spec.steps !== undefined)
    panel.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  if (spec.container === true)
    panel.dataLinks([
      new DashboardLinkBuilder('Open this container').url(
        containerUrl(macro('__field.labels.instance'), macro('__field.labels.name')),
      ),
    ]);
  return panel;
}

/** The last value, large; one a series. */
export function figure(spec: PanelSpec): PanelMaker {
  return new StatBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(spec.height ?? 4)
    .targets(targets(spec.queries))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''))
    .thresholds(thresholds(spec.steps ?? []))
    .noValue('–');
}

/** What latency was when: the buckets of a histogram as colours. Its one expression sums increases by `le`. */
export function heatmap(spec: PanelSpec): PanelMaker {
  return new HeatmapBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width)
    .height(spec.height ?? 8)
    .targets(spec.queries.map((query) => target(query).format(PromQueryFormat.Heatmap)))
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Turbo').exponent(0.5).steps(64))
    .yAxis(
      new YAxisConfigBuilder()
        .unit(spec.unit)
        .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(2)),
    )
    .showLegend()
    .thresholds(thresholds(spec.steps ?? []));
}

export interface Column extends Query {
  unit: string;
  steps?: readonly Step[];
}

export interface TableSpec extends Omit<PanelSpec, 'queries' | 'unit'> {
  /** Each an instant query with the same labels; those labels become columns of their own. */
  columns: readonly Column[];
  /** Labels that are columns, and their headings. */
  labels: Readonly<Record<string, string>>;
}

/** The values of now, a row for each set of labels. A `name` opens its container. */
export function table(spec: TableSpec): PanelMaker {
  const panel = new TableBuilder()
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width)
    .height(spec.height ?? 10)
    .filterable(true)
    .thresholds(thresholds([]))
    .targets(spec.columns.map((column, index) => target(column).instant().format(PromQueryFormat.Table).refId(refId(index))))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        renameByName: {
          ...spec.labels,
          // One query's value column is named Value, those of several by their letters.
          ...Object.fromEntries(
            spec.columns.map(({ legend }, index) => [spec.columns.length === 1 ? 'Value' : `Value #${refId(index)}`, legend]),
          ),
        },
      },
    });
  for (const { legend, unit, steps } of spec.columns)
    panel.overrideByName(legend, [
      { id: 'unit', value: unit },
      ...(steps === undefined
        ? []
        : [
            { id: 'thresholds', value: thresholds(steps).build() },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ]);
  if (spec.labels.name !== undefined)
    panel.overrideByName(spec.labels.name, [
      {
        id: 'links',
        value: [{ title: 'Open this container', url: containerUrl(macro('__data.fields.Node'), macro('__value.raw')) }],
      },
    ]);
  return panel;
}

function containerUrl(instance: string, name: string): string {
  return `/d/tsgov-container?${macro('__url_time_range')}&var-datasource=${macro('datasource')}&var-instance=${instance}&var-name=${name}`;
}

/** What Grafana puts in when the link is made. */
function macro(name: string): string {
  return `\${${name}}`;
}

function targets(queries: readonly Query[]): Builder<Dataquery>[] {
  return queries.map((query, index) => target(query).range().refId(refId(index)));
}

function target({ expr, legend }: Query): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).expr(expr).legendFormat(legend);
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function thresholds(steps: readonly Step[]): Builder<ThresholdsConfig> & { build(): ThresholdsConfig } {
  const known = steps.length === 0 ? ([[null, 'green']] as const) : steps;
  const built = { mode: ThresholdsMode.Absolute, steps: known.map(([value, color]) => ({ value, color })) };
  return { build: () => built };
}
