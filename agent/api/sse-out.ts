import type { ServerResponse } from 'node:http';

export interface SseMessage {
  id?: number | string;
  event: string;
  data: unknown;
}

export interface SseOptions {
  gone: AbortSignal;
  /** Sent before everything else, as a comment. */
  hello?: string;
  /** A client that has more than this unread is dropped. */
  maxUnreadBytes: number;
  /** Default 15 s. */
  keepAliveMs?: number;
}

const KEEP_ALIVE_MS = 15_000;
/** A client that has read nothing over so many of them is dropped, however little it has unread. */
const STUCK_KEEP_ALIVES = 4;
/** When a browser comes back. */
const RETRY_MS = 1000;

/**
 * Sends messages as server-sent events until their source ends or the client is gone. Nothing ever waits for the client: one that does not
 * read is cut off, which a browser answers by coming back with Last-Event-ID. Source: WHATWG HTML, "Server-sent events".
 */
export async function sendSse(out: ServerResponse, source: AsyncIterable<SseMessage>, options: SseOptions): Promise<void> {
  const { gone, hello, maxUnreadBytes } = options;
  out.write(`${hello === undefined ? '' : `: ${hello}\n`}retry: ${RETRY_MS}\n\n`);
  const alive = keepAlive(out, options.keepAliveMs ?? KEEP_ALIVE_MS);
  try {
    for await (const message of source) {
      if (gone.aborted) return;
      out.write(wire(message));
      if (out.writableLength <= maxUnreadBytes) continue;
      out.destroy();
      return;
    }
  } finally {
    clearInterval(alive);
  }
}

/** JSON holds no line break, so a message is one line of data. */
export function wire({ id, event, data }: SseMessage): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

function keepAlive(out: ServerResponse, everyMs: number): NodeJS.Timeout {
  let stuck = 0;
  let read = false;
  out.on('drain', () => {
    read = true;
  });
  return setInterval(() => {
    stuck = read || out.writableLength === 0 ? 0 : stuck + 1;
    read = false;
    if (stuck >= STUCK_KEEP_ALIVES) out.destroy();
    else out.write(': keep-alive\n\n');
  }, everyMs);
}
