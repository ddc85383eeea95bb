import type { JournalEntry } from '#agent/contract/journal.js';
import { instead, type PaneInput } from '#src/top/container/pane.js';
import { wallClock } from '#src/top/container/wall-clock.js';
import type { Line, Look, Tone } from '#src/top/frame.js';
import { sizeText } from '#src/top/overview/size-text.js';
import { fitted, safe } from '#src/top/text.js';

/** Who did what to it, and why; the newest first. */
export function journalPane(input: PaneInput, { size, glyphs }: Look): Line[] {
  const { journal } = input.details;
  if (journal === undefined) return instead(input, 'journal', glyphs);
  if (journal.length === 0) return [[{ text: 'Nobody did anything to it.', tone: 'dim' }]];
  const who = size.columns >= 110 ? 24 : 16;
  return [
    [{ text: `${'TIME'.padEnd(14)} ${'WHO'.padEnd(who)} WHAT, AND WHY`, tone: 'head' }],
    ...journal.map(
      (entry): Line => [
        { text: `${wallClock(Date.parse(entry.time))} `, tone: 'dim' },
        { text: `${fitted(safe(entry.actor, glyphs), who, glyphs)} `, tone: 'accent' },
        { text: safe(whatOf(entry), glyphs) },
        ...(entry.result === 'done'
          ? []
          : [
              {
                text: ` ${safe(entry.result, glyphs)}${entry.error === null ? '' : `: ${safe(entry.error, glyphs)}`}`,
                tone: RESULT_TONES[entry.result] ?? 'warn',
              },
            ]),
        { text: entry.reason === '' ? '' : `  ${safe(entry.reason, glyphs)}`, tone: 'dim' },
      ],
    ),
  ];
}

const RESULT_TONES: Readonly<Partial<Record<string, Tone>>> = { refused: 'warn', failed: 'bad', observed: 'dim' };

function whatOf({ action, field, before, after }: JournalEntry): string {
  if (field === null) return action;
  return `${action} ${field} ${valueText(field, before)} -> ${valueText(field, after)}`;
}

function valueText(field: string, value: JournalEntry['before']): string {
  if (value === null) return 'none';
  return typeof value === 'number' && field.startsWith('memory.') ? sizeText(value) : String(value);
}
