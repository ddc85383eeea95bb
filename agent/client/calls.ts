import { type RequestInput, readText, type Transport } from './transport.js';

/** The forms a request takes; each method of the client is one of these. */
export interface Calls {
  readonly transport: Transport;
  /** The answer's JSON; undefined where it has no body. */
  json<T>(input: RequestInput): Promise<T>;
  get<T>(path: string): Promise<T>;
  /** A page of a list, and the cursor of the next; null: the last. */
  page<T>(path: string): Promise<{ items: T[]; next: string | null }>;
  text(path: string, accept?: string): Promise<string>;
  /** Nothing is answered. */
  remove(path: string): Promise<void>;
}

export function callsOver(transport: Transport): Calls {
  const json = async <T>(input: RequestInput): Promise<T> => {
    const text = await readText(await transport.send(input));
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    transport,
    json,
    get: (path) => json({ method: 'GET', path }),
    page: async <T>(path: string) => {
      const response = await transport.send({ method: 'GET', path });
      const next = cursorOf(response.headers.link);
      return { items: JSON.parse(await readText(response)) as T[], next };
    },
    text: async (path, accept) =>
      readText(await transport.send({ method: 'GET', path, ...(accept === undefined ? {} : { headers: { accept } }) })),
    remove: async (path) => {
      await readText(await transport.send({ method: 'DELETE', path }));
    },
  };
}

/** `cursor` of the Link to the next page, RFC 8288. */
function cursorOf(link: string | string[] | undefined): string | null {
  const next = /<([^>]*)>; *rel="next"/.exec(String(link ?? ''))?.[1];
  return next === undefined ? null : new URL(next, 'http://localhost').searchParams.get('cursor');
}
