const KEY = 'tsgov-token';

/** Only a token gets on: the agent is reached over the network. */
export class TokenNeeded extends Error {}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** A GET with the token, where there is one. Throws TokenNeeded, and Error with what the agent says of a refusal. */
export async function ask(path: string, init: { accept?: string; signal?: AbortSignal } = {}): Promise<Response> {
  const token = sessionStorage.getItem(KEY);
  const headers: Record<string, string> = { accept: init.accept ?? 'application/json' };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  const response = await fetch(path, {
    headers,
    cache: 'no-store',
    ...(init.signal === undefined ? {} : { signal: init.signal }),
  });
  if (response.ok) return response;
  if (response.status === 401) throw new TokenNeeded();
  throw new Error(await problemText(response));
}

export async function askJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, signal === undefined ? {} : { signal })).json()) as T;
}

async function problemText(response: Response): Promise<string> {
  try {
    const { detail } = (await response.json()) as { detail?: string };
    return detail ?? `the agent answers ${response.status}`;
  } catch {
    return `the agent answers ${response.status}`;
  }
}
