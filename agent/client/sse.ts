import { readLines } from './lines.js';

/** One message of a text/event-stream. */
export interface SseMessage {
  /** The last `id:` seen so far, as the standard has it. */
  id: string | undefined;
  event: string;
  data: string;
}

/**
 * Parses server-sent events: multi-line data is joined, comments and unknown fields are skipped, a message cut off by the end of
 * the stream is dropped. Source: WHATWG HTML, "Interpreting an event stream".
 */
export async function* parseSse(source: AsyncIterable<Buffer | string>): AsyncGenerator<SseMessage> {
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  for await (const raw of readLines(source)) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const { field, value } = splitField(line);
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

function splitField(line: string): { field: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  const value = line.slice(colon + 1);
  return { field: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}
