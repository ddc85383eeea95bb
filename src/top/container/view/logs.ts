import { instead, type PaneInput } from '#src/top/container/pane.js';
import { timeOfDay } from '#src/top/container/wall-clock.js';
import type { Line, Look } from '#src/top/frame.js';
import { safe } from '#src/top/text.js';

/** The end of what it wrote, oldest first; stderr in a colour. */
export function logsPane(input: PaneInput, { glyphs }: Look): Line[] {
  const { log } = input.details;
  if (log === undefined) return instead(input, 'log', glyphs);
  if (log.length === 0) return [[{ text: input.details.failures?.log ?? 'It wrote nothing.', tone: 'dim' }]];
  return log.map(
    ({ time, stream, text }): Line => [
      { text: `${timeOfDay(Date.parse(time))} `, tone: 'dim' },
      { text: safe(text, glyphs), tone: stream === 'stderr' ? 'warn' : 'text' },
    ],
  );
}
