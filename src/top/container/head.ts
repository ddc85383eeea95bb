import type { Line, Look, Tone } from '#src/top/frame.js';
import { fitLine, sides } from '#src/top/lines.js';
import type { TopState } from '#src/top/state.js';
import { safe } from '#src/top/text.js';
import type { PaneInput } from './pane.js';
import { PANES, type PaneName } from './panes.js';
import type { ContainerScreen } from './screen.js';
import { shortSpan } from './wall-clock.js';

const LABELS: Readonly<Record<PaneName, string>> = {
  summary: 'Summary',
  limits: 'Limits',
  processes: 'Processes',
  latency: 'Latency',
  why: 'Why',
  journal: 'Journal',
  logs: 'Logs',
  namespaces: 'Namespaces',
};

interface Tab {
  readonly pane: PaneName;
  readonly text: string;
  /** Columns it stands in. */
  readonly from: number;
  readonly to: number;
}

/** The tabs in their places. */
export const TABS: readonly Tab[] = tabs();

/** Who it is and how it is, then the tabs. */
export function headLines(
  screen: ContainerScreen,
  { row, details, windowMs, recorded, toMs }: PaneInput,
  state: TopState,
  look: Look,
): Line[] {
  const { glyphs, size } = look;
  const { view } = details;
  const status = row?.status ?? view?.state.status;
  const startedAt = view?.state.startedAt ?? null;
  const facts = [
    ...(view?.state.pid ? [`pid ${view.state.pid}`] : []),
    ...(startedAt !== null && status !== 'exited' && Date.parse(startedAt) < toMs
      ? [`up ${shortSpan(toMs - Date.parse(startedAt))}`]
      : []),
    ...((row?.restarts ?? 0) > 0 ? [`${row!.restarts} restarts`] : []),
    ...(view !== undefined && status === 'exited' && view.state.exitCode !== null
      ? [`exit ${view.state.exitCode}${view.state.oomKilled ? ', OOM' : ''}`]
      : []),
    row?.runtime ?? view?.runtime ?? '',
    row?.image ?? view?.image ?? '',
    ...(row !== undefined && row.policies.length > 0 ? [`policy ${row.policies.join(',')}`] : []),
  ];
  const drifts = row?.drifts ?? 0;
  const first: Line = [
    { text: `${safe(screen.name, glyphs)} `, tone: 'title' },
    { text: `${statusText(state, screen.id, status, recorded)} `, tone: STATUS_TONES[status ?? 'gone'] ?? 'bad' },
    { text: safe(facts.filter((fact) => fact !== '').join('  '), glyphs), tone: 'dim' },
  ];
  const right: Line = [
    ...(drifts === 0 ? [] : [{ text: ` ${drifts} drifts`, tone: 'warn' as const }]),
    { text: ` last ${windowMs / 60_000}m `, tone: 'dim' },
    { text: '[ ]', tone: 'key' },
  ];
  const tabs: Line = TABS.map(({ pane, text }) => ({
    text,
    tone: pane === screen.pane ? ('cursor' as const) : ('dim' as const),
  }));
  return [sides(first, right, size.columns, glyphs), fitLine(tabs, size.columns, glyphs)];
}

const STATUS_TONES: Readonly<Record<string, Tone>> = {
  created: 'dim',
  running: 'good',
  frozen: 'accent',
  exited: 'warn',
  dead: 'bad',
};

function statusText({ rows }: TopState, id: string, status: string | undefined, recorded: boolean): string {
  if (rows.has(id)) return status ?? '';
  return recorded ? 'not there then' : 'gone';
}

function tabs(): Tab[] {
  let from = 0;
  return PANES.map((pane, index) => {
    const text = `${index + 1} ${LABELS[pane]} `;
    const tab = { pane, text, from, to: from + text.length };
    from = tab.to;
    return tab;
  });
}
