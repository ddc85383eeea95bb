import type { Blocks } from '#agent/metrics/metric.js';
import { nodeMetric, single } from './single.js';

/** How the journal and history of this agent do. */
export interface JournalFigures {
  journal: { failure: string | undefined; writtenRows: number; lostRows: number };
  history: { failure: string | undefined; writtenSamples: number; lostSamples: number };
}

const ROWS = nodeMetric('tsgov_journal_rows_total', 'counter', 'Acts and deaths that the journal took.', 'the journal');
const LOST = nodeMetric(
  'tsgov_journal_lost_rows_total',
  'counter',
  'Acts and deaths that are lost, because the disk took none.',
  'the journal',
);
const SAMPLES = nodeMetric(
  'tsgov_history_samples_total',
  'counter',
  'Samples of containers and of the node that history took.',
  'the history',
);
const LOST_SAMPLES = nodeMetric(
  'tsgov_history_lost_samples_total',
  'counter',
  'Samples that are lost, because the disk took none.',
  'the history',
);
const FAILING = nodeMetric('tsgov_journal_failing', 'gauge', '1: journal or history cannot be written now.', 'both');

export const JOURNAL_METRICS = [ROWS, LOST, SAMPLES, LOST_SAMPLES, FAILING];

/** What was kept, and what could not be. */
export function* journalBlocks({ journal, history }: JournalFigures): Blocks {
  yield single(ROWS, journal.writtenRows);
  yield single(LOST, journal.lostRows);
  yield single(SAMPLES, history.writtenSamples);
  yield single(LOST_SAMPLES, history.lostSamples);
  yield single(FAILING, Number(journal.failure !== undefined || history.failure !== undefined));
}
