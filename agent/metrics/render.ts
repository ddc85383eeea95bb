import { familyHead, seriesLine } from './exposition.js';
import type { Family } from './families.js';
import type { Subject } from './subject.js';

/** The text of the families for these subjects, one block each; a family without a series is left out. */
export function renderFamilies(families: readonly Family[], subjects: readonly Subject[]): string {
  let text = '';
  for (const family of families) {
    let block = '';
    for (const subject of subjects) {
      family.series(subject, (value, extra) => {
        if (value === undefined) return;
        block += seriesLine(family.name, extra === undefined ? subject.labels : `${subject.labels},${extra}`, value);
      });
    }
    if (block !== '') text += familyHead(family.name, family.type, family.help) + block;
  }
  return text;
}
