import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, type PanelMaker } from './panels.js';

/** A variable that is asked of Prometheus, each narrowed by those before it. */
export type VariableName = 'instance' | 'runtime' | 'policy' | 'name';

/** What a dashboard is, before it is one of Grafana's. */
export interface Board {
  /** Its file is grafana/NAME.json, its uid tsgov-NAME. */
  name: string;
  title: string;
  description: string;
  /** Beside the datasource. `one`: exactly one value can be chosen. */
  variables: readonly { name: VariableName; one?: true }[];
  annotations: readonly Annotation[];
  rows: readonly { title: string; panels: readonly PanelMaker[] }[];
}

/** Marks in every graph at the moments at which the expression has a value. */
export interface Annotation {
  name: string;
  color: 'red' | 'orange' | 'yellow' | 'blue' | 'purple';
  expr: string;
  title: string;
  text: string;
}

/** The dashboard as Grafana takes it. */
export function buildBoard(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(`tsgov-${board.name}`)
    .description(board.description)
    .tags(['tsgov'])
    .timezone('browser')
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('15s')
    .time({ from: 'now-1h', to: 'now' })
    .link(
      new DashboardLinkBuilder('tsgov')
        .type(DashboardLinkType.Dashboards)
        .tags(['tsgov'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true)
        .tooltip('The other dashboards of tsgov, with what is chosen here')
        .icon('external link'),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  for (const { name, one } of board.variables) builder.withVariable(variable(name, one === true));
  for (const { name, color, expr, title, text } of board.annotations)
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor(color)
        .expr(expr)
        .titleFormat(title)
        .textFormat(text)
        .step('15s'),
    );
  for (const { title, panels } of board.rows) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const built = builder.build();
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  // The SDK's default would hide them in a menu.
  for (const shown of [...(built.links ?? []), ...(built.annotations?.list ?? [])]) delete shown.placement;
  return built;
}

/** What each variable is called, and the series its values are a label of. */
const VARIABLES: Readonly<Record<VariableName, { label: string; series: string }>> = {
  instance: { label: 'Node', series: 'tsgov_agent_build_info' },
  runtime: { label: 'Runtime', series: 'tsgov_container_info{instance=~"$instance"}' },
  policy: { label: 'Policy', series: 'tsgov_container_policy{instance=~"$instance"}' },
  name: { label: 'Container', series: 'tsgov_container_info{instance=~"$instance",runtime=~"$runtime"}' },
};

function variable(name: VariableName, one: boolean): QueryVariableBuilder {
  const { label, series } = VARIABLES[name];
  const query = `label_values(${series}, ${name})`;
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);
  if (one) return builder;
  const all = builder
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });
  // Nodes and policies may come at any time, and there may be no policy at all.
  return name === 'name' || name === 'runtime' ? all : all.allValue('.*');
}
