import type { Profile } from '#agent/contract/metrics.js';
import { type Format, seriesLine } from './exposition.js';
import type { Family } from './families/family.js';
import type { Block, Blocks, Metric } from './metric.js';
import type { Subject } from './subjects/subject.js';

/** Subjects in one block: small enough to pause between two. */
const AT_ONCE = 100;

/** The series of the families for these subjects. */
export function* familyBlocks(families: readonly Family[], subjects: readonly Subject[], profile: Profile): Blocks {
  for (const family of families) {
    if (family.full === true && profile !== 'full') continue;
    for (let first = 0; first < subjects.length; first += AT_ONCE)
      yield block(family, subjects.slice(first, first + AT_ONCE), profile);
  }
}

/** What is written for blocks in a format: the head of a metric once, before its first series; a metric without a series is left out. */
export function* written(blocks: Blocks, { head, end }: Format): Generator<string> {
  let last: Metric | undefined;
  for (const { metric, text } of blocks) {
    if (text === '') yield '';
    else yield metric === last ? text : head(metric) + text;
    if (text !== '') last = metric;
  }
  yield end;
}

function block(family: Family, subjects: readonly Subject[], profile: Profile): Block {
  let text = '';
  for (const subject of subjects)
    family.series(
      subject,
      (value, extra) => {
        if (value === undefined) return;
        text += seriesLine(family.name, extra === undefined ? subject.labels : `${subject.labels},${extra}`, value);
      },
      profile,
    );
  return { metric: family, text };
}
