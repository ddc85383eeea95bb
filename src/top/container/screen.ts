import type { Step } from '#src/top/effect.js';
import type { Line, Look } from '#src/top/frame.js';
import type { KeyInput, MouseInput } from '#src/top/input.js';
import type { DataInput } from '#src/top/source.js';
import type { TopState } from '#src/top/state.js';
import { fitted, safe } from '#src/top/text.js';
import type { Details } from './details.js';
import { type PaneName, WINDOWS_MS } from './panes.js';

/**
 * The view of one container. Contract with the rest of the screen:
 * - `openContainer` makes its state when Enter is pressed on a row; Esc and `q` outside of its own modes close it (reduce.ts asks
 *   `pressContainer` first: `undefined` means "not mine", and the common keys apply: acts z L p s k r d e l on this container, ?, Space).
 * - `tellContainer` takes in `details` of this container.
 * - `viewContainer` draws the rows between the first line and the line at the bottom: `look.size` is that room.
 */
export interface ContainerScreen {
  readonly id: string;
  readonly name: string;
  readonly pane: PaneName;
  readonly windowMs: number;
  /** Lines scrolled down in the pane. */
  readonly top: number;
  readonly details: Partial<Details>;
}

export function openContainer(id: string, name: string): ContainerScreen {
  return { id, name, pane: 'summary', windowMs: WINDOWS_MS[1], top: 0, details: {} };
}

export function pressContainer(
  _screen: ContainerScreen,
  _input: KeyInput | MouseInput,
  _state: TopState,
): Step<ContainerScreen> | undefined {
  return undefined;
}

export function tellContainer(screen: ContainerScreen, input: Extract<DataInput, { kind: 'details' }>): ContainerScreen {
  return input.id === screen.id ? { ...screen, details: { ...screen.details, ...input.details } } : screen;
}

export function viewContainer(screen: ContainerScreen, _state: TopState, { size, glyphs }: Look): Line[] {
  return [[{ text: fitted(safe(screen.name, glyphs), size.columns, glyphs), tone: 'title' }]];
}
