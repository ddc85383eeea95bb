import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { MadeRequest } from './openapi-requests.js';

export interface Outcome {
  /** 0: no answer within the time, and given up by us; -1: the connection broke. */
  status: number;
  type: string;
  text: string;
}

/** Sends them, so many at a time; each gets `patienceMs` for its answer, of streams the head is enough. */
export async function sendAll(
  socketPath: string,
  requests: readonly MadeRequest[],
  options: { atOnce: number; patienceMs: number; onOutcome: (made: MadeRequest, outcome: Outcome) => void },
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce });
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < requests.length) {
      const made = requests[next++]!;
      options.onOutcome(made, await sendOne(socketPath, agent, made, options.patienceMs));
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, worker));
  agent.destroy();
}

function sendOne(
  socketPath: string,
  agent: Agent,
  { method, path, headers, body }: MadeRequest,
  patienceMs: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const outgoing = request({ socketPath, agent, method, path, headers: { ...headers, ...length } });
    const finish = (outcome: Outcome): void => {
      clearTimeout(patience);
      resolve(outcome);
    };
    const patience = setTimeout(() => {
      finish({ status: 0, type: '', text: '' });
      outgoing.destroy();
    }, patienceMs);
    outgoing.on('error', (error) => finish({ status: -1, type: '', text: error.message }));
    outgoing.on('upgrade', (response, socket) => {
      socket.on('error', () => undefined).destroy();
      finish({ status: response.statusCode ?? 0, type: '', text: '' });
    });
    outgoing.on('response', (response) => {
      const type = response.headers['content-type'] ?? '';
      const status = response.statusCode ?? 0;
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      if (status === 200 && isStream(path, type)) {
        finish({ status, type, text: '' });
        outgoing.destroy();
      }
      response.on('error', () => finish({ status: -1, type, text: 'broke off' }));
      response.on('end', () => finish({ status, type, text }));
    });
    outgoing.end(body);
  });
}

function isStream(path: string, type: string): boolean {
  return /event-stream|ndjson/.test(type) || /\/logs($|\?)/.test(path);
}

/** Writes bytes to a socket (path or port) and hears what comes until it closes, or for `patienceMs`. */
export function sendBytes(to: { path: string } | { port: number }, bytes: Buffer, patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', ...to });
    let text = '';
    const patience = setTimeout(() => socket.destroy(), patienceMs);
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(patience);
        resolve(text);
      });
    socket.end(bytes);
  });
}
