/** Characters that go on together. */
const CHUNK = 1 << 16;
/** In one go; then the event loop has its turn. */
const SLICE_MS = 5;

export interface Pace {
  clock: { monotonicMs(): number };
  /** Lets the event loop go on. */
  pause: () => Promise<void>;
}

/** The parts of a text in larger ones, made a few milliseconds at a time. */
export async function* paced(parts: Iterable<string>, { clock, pause }: Pace): AsyncGenerator<string> {
  let text = '';
  let sinceMs = clock.monotonicMs();
  for (const part of parts) {
    text += part;
    if (text.length >= CHUNK) {
      yield text;
      text = '';
    }
    if (clock.monotonicMs() - sinceMs < SLICE_MS) continue;
    await pause();
    sinceMs = clock.monotonicMs();
  }
  if (text !== '') yield text;
}
