import { type RequestInput, readText, type Transport } from './transport.js';

/** The forms a request takes; each method of the client is one of these. */
export interface Calls {
  readonly transport: Transport;
  /** The answer's JSON; undefined where it has no body. */
  json<T>(input: RequestInput): Promise<T>;
  get<T>(path: string): Promise<T>;
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
    text: async (path, accept) =>
      readText(await transport.send({ method: 'GET', path, ...(accept === undefined ? {} : { headers: { accept } }) })),
    remove: async (path) => {
      await readText(await transport.send({ method: 'DELETE', path }));
    },
  };
}
