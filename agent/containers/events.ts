import type { EventView } from '#agent/contract/container.js';
import { type Clock, rfc3339 } from './clock.js';

type Attributes = EventView['attributes'];
type Subject = NonNullable<EventView['container']>;

/**
 * The last events, with ids that rise, across restarts too (the first is the time in µs). A subscriber is a cursor into them: one
 * that reads too slowly loses the oldest and is told how many by a `gap` event, and costs nothing else.
 */
export class EventLog {
  readonly #clock: Clock;
  readonly #capacity: number;
  /** A ring: the event of sequence number s is at s % capacity. */
  readonly #ring: EventView[] = [];
  readonly #firstId: number;
  #count = 0;
  #wake: Array<() => void> = [];

  constructor(clock: Clock, capacity = 10_000) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#firstId = Math.floor(clock.nowMs() * 1000);
  }

  emit(type: string, container: Subject | undefined, attributes: Attributes = {}): void {
    const event: EventView = { id: this.#firstId + this.#count, time: rfc3339(this.#clock.nowMs()), type, attributes };
    if (container !== undefined) event.container = container;
    this.#ring[this.#count % this.#capacity] = event;
    this.#count += 1;
    const wake = this.#wake;
    this.#wake = [];
    for (const resume of wake) resume();
  }

  /** The events still kept after `lastId` (all: without one), oldest first; a `gap` stands for those that are lost. */
  kept(lastId?: number): EventView[] {
    const oldest = Math.max(0, this.#count - this.#capacity);
    const next = lastId === undefined ? oldest : this.#after(lastId);
    const first = Math.max(oldest, next);
    const events = Array.from({ length: this.#count - first }, (_, index) => this.#ring[(first + index) % this.#capacity]!);
    return next < oldest ? [this.#gap(oldest, oldest - next), ...events] : events;
  }

  /** Events after `lastId` that are still kept (all when it is from an earlier agent), then live ones, until `signal` aborts. */
  async *subscribe(lastId: number | undefined, signal: AbortSignal): AsyncGenerator<EventView> {
    let next = lastId === undefined ? this.#count : this.#after(lastId);
    while (!signal.aborted) {
      const oldest = Math.max(0, this.#count - this.#capacity);
      if (next < oldest) {
        yield this.#gap(oldest, oldest - next);
        next = Math.max(next, oldest);
        continue;
      }
      if (next < this.#count) {
        next += 1;
        yield this.#ring[(next - 1) % this.#capacity]!;
      } else await this.#changed(signal);
    }
  }

  /** The sequence number of the event after this id. */
  #after(lastId: number): number {
    return Math.min(Math.max(lastId + 1 - this.#firstId, 0), this.#count);
  }

  #gap(oldest: number, missed: number): EventView {
    return { id: this.#firstId + oldest - 1, time: rfc3339(this.#clock.nowMs()), type: 'gap', attributes: { missed } };
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const resume = (): void => {
        signal.removeEventListener('abort', abandon);
        resolve();
      };
      const abandon = (): void => {
        this.#wake = this.#wake.filter((other) => other !== resume);
        resolve();
      };
      this.#wake.push(resume);
      signal.addEventListener('abort', abandon, { once: true });
    });
  }
}
