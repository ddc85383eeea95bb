import { readFile } from 'node:fs/promises';
import type { SocketView } from '#agent/contract/processes.js';
import type { Pause } from '#agent/processes/pause.js';
import { isAbsent, linkText } from '#agent/processes/proc-files.js';
import { type FoundSocket, parseInetSockets } from './inet.js';
import { socketOwners } from './owners.js';
import { parseUnixSockets } from './unix.js';

const PARSERS: readonly (readonly [file: string, parse: (text: string) => FoundSocket[]])[] = [
  ['tcp', (text) => parseInetSockets('tcp', text)],
  ['tcp6', (text) => parseInetSockets('tcp6', text)],
  ['udp', (text) => parseInetSockets('udp', text)],
  ['udp6', (text) => parseInetSockets('udp6', text)],
  ['unix', parseUnixSockets],
];

/**
 * The sockets of these processes. In a network namespace that is not the node's own all sockets are shown, those without a process
 * (TIME_WAIT) and those of a pod's other containers too, as `ss` inside shows them; in the node's own only those these processes have.
 */
export async function readSockets(host: { procRoot: string; pause: Pause }, pids: readonly number[]): Promise<SocketView[]> {
  const { procRoot, pause } = host;
  const owners = await socketOwners(procRoot, pids, pause);
  const own = networkOf(procRoot, 1) ?? networkOf(procRoot, 'self');
  const views: SocketView[] = [];
  for (const [network, pid] of networksOf(procRoot, pids)) {
    for (const socket of await socketsSeenBy(procRoot, pid, pause)) {
      const processes = owners.get(socket.inode) ?? [];
      if (network !== own || processes.length > 0) views.push({ ...socket, network, processes });
    }
  }
  return views;
}

/** Network namespace → one of the processes in it. */
function networksOf(procRoot: string, pids: readonly number[]): Map<number, number> {
  const networks = new Map<number, number>();
  for (const pid of pids) {
    const inode = networkOf(procRoot, pid);
    if (inode !== undefined && !networks.has(inode)) networks.set(inode, pid);
  }
  return networks;
}

function networkOf(procRoot: string, pid: number | 'self'): number | undefined {
  const inode = /^net:\[(\d+)\]$/.exec(linkText(`${procRoot}/${pid}/ns/net`) ?? '')?.[1];
  return inode === undefined ? undefined : Number(inode);
}

/** Read off the event loop: the kernel takes its time for thousands of connections. */
async function socketsSeenBy(procRoot: string, pid: number, pause: Pause): Promise<FoundSocket[]> {
  const texts = await Promise.all(PARSERS.map(([file]) => readFile(`${procRoot}/${pid}/net/${file}`, 'utf8').catch(absentText)));
  const sockets: FoundSocket[] = [];
  for (const [index, [, parse]] of PARSERS.entries())
    for (const piece of pieces(texts[index] ?? '')) {
      sockets.push(...parse(piece));
      const waiting = pause();
      if (waiting !== undefined) await waiting;
    }
  return sockets;
}

const PIECE_LINES = 500;

/** The text in pieces, each under the same first line. */
function* pieces(text: string): Generator<string> {
  const [header = '', ...lines] = text.split('\n');
  for (let from = 0; from < lines.length; from += PIECE_LINES)
    yield [header, ...lines.slice(from, from + PIECE_LINES)].join('\n');
}

/** The process is gone, or the kernel has no such protocol (IPv6 switched off). */
function absentText(error: unknown): string {
  if (isAbsent(error)) return '';
  throw error;
}
