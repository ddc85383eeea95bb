import type { SocketView } from '#agent/contract/processes.js';
import { shorten, table } from './table.js';

const PROCESS_WIDTH = 40;

/** A socket a line, as `ss` orders its columns. */
export function socketsTable(
  shown: readonly { container: string; sockets?: readonly SocketView[] }[],
  how: { truncate: boolean },
): string {
  return table(
    ['CONTAINER', 'PROTO', 'STATE', 'RECV-Q', 'SEND-Q', 'LOCAL', 'REMOTE', 'PROCESS'],
    shown.flatMap(({ container, sockets = [] }) =>
      sockets.map((each) => [
        container,
        each.protocol,
        each.state,
        each.receiveQueueBytes === null ? '' : String(each.receiveQueueBytes),
        each.sendQueueBytes === null ? '' : String(each.sendQueueBytes),
        each.protocol === 'unix' ? (each.path ?? '*') : endpoint(each.localAddress, each.localPort),
        each.protocol === 'unix' ? '' : endpoint(each.remoteAddress, each.remotePort),
        processText(each, how.truncate),
      ]),
    ),
  );
}

/** `127.0.0.1:80`, `[::1]:80`; port 0 is `*`. */
function endpoint(address: string | null, port: number | null): string {
  const host = address ?? '';
  return `${host.includes(':') ? `[${host}]` : host}:${port === 0 || port === null ? '*' : port}`;
}

function processText({ processes }: SocketView, truncate: boolean): string {
  const [first, ...more] = processes;
  if (first === undefined) return '';
  const command = truncate ? shorten(first.command, PROCESS_WIDTH) : first.command;
  return `${first.pid} ${command}${more.length > 0 ? ` and ${more.length} more` : ''}`;
}
