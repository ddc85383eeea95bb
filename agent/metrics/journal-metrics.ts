import { familyHead, seriesLine } from './exposition.js';

/** How the journal and history of this agent do. */
export interface JournalFigures {
  journal: { failure: string | undefined; writtenRows: number; lostRows: number };
  history: { failure: string | undefined; writtenSamples: number; lostSamples: number };
}

/** What was kept, and what could not be, as text. */
export function journalText({ journal, history }: JournalFigures): string {
  const counter = (name: string, help: string, value: number): string =>
    familyHead(name, 'counter', help) + seriesLine(name, '', value);
  const failing = Number(journal.failure !== undefined || history.failure !== undefined);
  return [
    counter('tsgov_journal_rows_total', 'Acts and deaths that the journal took.', journal.writtenRows),
    counter('tsgov_journal_lost_rows_total', 'Acts and deaths that are lost, because the disk took none.', journal.lostRows),
    counter('tsgov_history_samples_total', 'Samples of containers and of the node that history took.', history.writtenSamples),
    counter('tsgov_history_lost_samples_total', 'Samples that are lost, because the disk took none.', history.lostSamples),
    familyHead('tsgov_journal_failing', 'gauge', '1: journal or history cannot be written now.'),
    seriesLine('tsgov_journal_failing', '', failing),
  ].join('');
}
