import { parseSse } from '#agent/client/sse.js';
import { ask, TokenNeeded } from './ask.js';

export type LiveState = { kind: 'connecting' } | { kind: 'live' } | { kind: 'lost'; why: string } | { kind: 'token' };

export interface LiveListener {
  data(text: string): void;
  state(state: LiveState): void;
}

const RETRY_MS = [500, 1000, 2000, 4000];
/** The agent says something every 15 s at least. */
const SILENCE_MS = 40_000;

/**
 * Follows a stream of server-sent events for as long as the page is looked at, and takes it up again when the agent comes back. By fetch,
 * since EventSource cannot send a token. Answers how to stop.
 */
export function follow(path: string, listener: LiveListener): () => void {
  const stop = new AbortController();
  void run(path, listener, stop.signal);
  return () => stop.abort();
}

async function run(path: string, listener: LiveListener, stop: AbortSignal): Promise<void> {
  for (let failures = 0; !stop.aborted; ) {
    await untilVisible();
    if (stop.aborted) return;
    try {
      await once(path, stop, (text) => {
        failures = 0;
        listener.state({ kind: 'live' });
        listener.data(text);
      });
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof TokenNeeded) return listener.state({ kind: 'token' });
      if (!document.hidden)
        listener.state({ kind: 'lost', why: error instanceof TypeError ? 'the agent does not answer' : String(error) });
    }
    await sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
    failures += 1;
  }
}

/** One connection, to its end; broken off when the page is hidden, or nothing comes any more. */
async function once(path: string, stop: AbortSignal, onData: (text: string) => void): Promise<void> {
  const attempt = new AbortController();
  const abort = (): void => attempt.abort();
  const onHidden = (): void => {
    if (document.hidden) abort();
  };
  let silence = setTimeout(abort, SILENCE_MS);
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(abort, SILENCE_MS);
  };
  stop.addEventListener('abort', abort);
  document.addEventListener('visibilitychange', onHidden);
  try {
    const response = await ask(path, { accept: 'text/event-stream', signal: attempt.signal });
    for await (const message of parseSse(textOf(response, heard))) onData(message.data);
    throw new TypeError('the stream ended');
  } finally {
    clearTimeout(silence);
    stop.removeEventListener('abort', abort);
    document.removeEventListener('visibilitychange', onHidden);
  }
}

async function* textOf(response: Response, heard: () => void): AsyncGenerator<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    yield decoder.decode(value, { stream: true });
  }
}

function untilVisible(): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener('visibilitychange', () => resolve(), { once: true }));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
