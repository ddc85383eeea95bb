import type { EventView } from '#agent/contract/container.js';
import type { Details } from './container/details.js';
import type { ContainerInterest } from './container/interest.js';
import type { NodeFigures, Row } from './rows.js';

/**
 * What a source tells the screen. `overview` replaces what was known of the node and of all containers, `events` are added to those
 * before (the same id again is ignored) or replace them, `details` adds to or replaces parts of what is known of the container looked at.
 */
export type DataInput =
  | {
      readonly kind: 'overview';
      readonly atMs: number;
      /** When the agent's tick was that says how each container is; events after it know better. Absent: as `atMs`. */
      readonly tickMs?: number;
      readonly node: NodeFigures;
      readonly rows: readonly Row[];
    }
  | { readonly kind: 'events'; readonly events: readonly EventView[]; readonly replace?: boolean }
  | { readonly kind: 'details'; readonly id: string; readonly details: Partial<Details> }
  | { readonly kind: 'connection'; readonly connection: Connection };

/** `lost`: nobody answers, or (`refused`) not with figures; what is shown is old, and it goes on trying. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** `first`: nothing is recorded before it. */
  | { readonly kind: 'recorded'; readonly atMs: number; readonly first: boolean }
  | { readonly kind: 'lost'; readonly sinceMs: number; readonly reason: string; readonly refused?: boolean };

/** What the screen wants to see now. A source fetches no more than this. */
export interface Interest {
  /** The container whose details are shown; absent: the overview. */
  readonly container?: ContainerInterest;
  /** Containers whose network figures are wanted, which cost more than others: those on the screen, or all of them. */
  readonly network: readonly string[] | 'all';
  /** Paused: nothing is asked for. */
  readonly paused: boolean;
}

/**
 * Where a screen's figures come from: a live agent (./live/live-source.ts), recorded time (`--at`), or a test. It never throws into the
 * screen: what goes wrong is told as `connection`.
 */
export interface TopSource {
  /** Where it is, for the first line. */
  readonly target: string;
  /** Begins to tell. Called once. */
  start(tell: (input: DataInput) => void): void;
  /** Told whenever what is shown changes. */
  want(interest: Interest): void;
  /** Tells a new overview now, if it can. */
  refresh(): void;
  /** One step back (-1) or forward (1) in recorded time, a short or a long one. */
  step(direction: -1 | 1, far: boolean): void;
  /** Ends requests and timers; tells nothing any more. */
  close(): void;
}
