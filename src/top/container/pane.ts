import type { Glyphs } from '#src/top/charts/glyphs.js';
import type { Line, Look } from '#src/top/frame.js';
import type { Row } from '#src/top/rows.js';
import { safe } from '#src/top/text.js';
import type { Details } from './details.js';

/** What a pane is drawn from. */
export interface PaneInput {
  readonly name: string;
  readonly details: Partial<Details>;
  /** Its row of the overview; undefined: it is gone. */
  readonly row: Row | undefined;
  readonly node: { readonly cpus: number; readonly memoryBytes: number };
  /** Right edge of graphs, and how far back they go. */
  readonly toMs: number;
  readonly windowMs: number;
  /** `toMs` is a recorded moment, not now. */
  readonly recorded: boolean;
}

/**
 * Draws a pane. `look.size` is its room; a pane that scrolls may answer more lines, of which the screen shows a part. Every text of others is made
 * safe here.
 */
export type PaneView = (input: PaneInput, look: Look) => Line[];

/** What stands in the place of a part that is not there: why not, else that it is on its way. */
export function instead({ details, recorded }: PaneInput, part: string, glyphs: Glyphs): Line[] {
  const failure = details.failures?.[part];
  if (failure !== undefined) return [[{ text: safe(failure, glyphs), tone: 'warn' }]];
  if (recorded && !RECORDED.has(part))
    return [[{ text: 'This is not recorded: it can only be seen now (Esc, or > to the end).', tone: 'dim' }]];
  return [[{ text: 'Asking the agent...', tone: 'dim' }]];
}

/** What of details is true of a recorded moment. */
export function recordedDetails(details: Partial<Details>): Partial<Details> {
  return Object.fromEntries(Object.entries(details).filter(([part]) => RECORDED.has(part)));
}

/** Parts of details that there are of a recorded moment too. */
const RECORDED: ReadonlySet<string> = new Set<keyof Details>(['history', 'journal', 'log', 'samples', 'failures']);
