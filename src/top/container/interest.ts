import type { PaneName } from './panes.js';
import type { ContainerScreen } from './screen.js';

/** What the screen wants to know of the container that is looked at. */
export interface ContainerInterest {
  readonly id: string;
  readonly pane: PaneName;
  /** How far back its graphs go. */
  readonly windowMs: number;
}

/** For `Interest.container`. */
export function containerInterest({ id, pane, windowMs }: ContainerScreen): ContainerInterest {
  return { id, pane, windowMs };
}
