import { Agent, request } from 'node:http';

/** One kept-alive connection to the agent's unix socket, as a client that measures would hold it. */
export class BenchApi {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Sends a request, reads the whole answer; anything but 2xx is an error that shows the problem. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers: Record<string, string | number> = payload === '' ? {} : { 'content-type': 'application/json' };
    headers['content-length'] = Buffer.byteLength(payload);
    const { status, text } = await new Promise<{ status: number; text: string }>((done, fail) => {
      const call = request({ socketPath: this.#socket, method, path, headers, agent: this.#agent }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, text }));
        answer.on('error', fail);
      });
      call.on('error', fail);
      call.end(payload);
    });
    if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  close(): void {
    this.#agent.destroy();
  }
}
