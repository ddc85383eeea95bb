import type { EventView } from '#agent/contract/container.js';
import type { PendingAct } from './acts/pending.js';
import type { Glyphs } from './charts/glyphs.js';
import type { ContainerScreen } from './container/screen.js';
import type { Dialog } from './dialog/dialog.js';
import type { Size } from './frame.js';
import type { OverviewState } from './overview/overview-state.js';
import type { NodeFigures, Row } from './rows.js';
import type { Settings } from './settings.js';
import type { Connection } from './source.js';
import type { ThemeName } from './theme.js';

/** All that decides what is on the screen. Plain data, never changed in place; ./reduce.ts makes the next one. */
export interface TopState {
  readonly size: Size;
  readonly glyphs: Glyphs;
  readonly theme: ThemeName;
  /** The clock as last told, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Where the source is, for the first line. */
  readonly target: string;
  readonly connection: Connection;
  /** Space: what is shown stands still, and nothing is asked for. */
  readonly paused: boolean;
  readonly node: NodeFigures | undefined;
  /** When the overview was taken, milliseconds since the epoch. */
  readonly atMs: number | undefined;
  readonly rows: ReadonlyMap<string, Row>;
  /** By container: CPU use of the last samples in cores, oldest first, at most SPARK_SAMPLES. */
  readonly sparks: ReadonlyMap<string, readonly number[]>;
  /** Oldest first, at most MOST_EVENTS. */
  readonly events: readonly EventView[];
  readonly overview: OverviewState;
  /** The container that is looked at; absent: the overview is shown. */
  readonly container: ContainerScreen | undefined;
  /** On top of either; it gets the keys. */
  readonly dialog: Dialog | undefined;
  /** Acts that were asked for and are not confirmed by an event yet. */
  readonly pending: readonly PendingAct[];
  /** The line above the keys: what came of the last acts. */
  readonly notice: Notice | undefined;
  /** Numbers acts. */
  readonly nextAct: number;
  readonly settings: Settings;
}

export interface Notice {
  readonly tone: 'good' | 'warn' | 'bad' | 'dim';
  readonly text: string;
  /** It goes away then; milliseconds since the epoch. */
  readonly untilMs: number;
}

export const SPARK_SAMPLES = 60;
export const MOST_EVENTS = 500;
