import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSockets } from '#agent/processes/sockets/read-sockets.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (inode: number) =>
  `   0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 ffff 100 0 0 10 0\n`;

interface Fake {
  net: number;
  fds?: string[];
  tcp?: number[];
  comm?: string;
}

function proc(t: Teardown, fakes: Record<number, Fake>): string {
  const root = tempDir(t);
  for (const [pid, { net, fds = [], tcp, comm = 'x' }] of Object.entries(fakes)) {
    const dir = join(root, pid);
    for (const below of ['ns', 'fd', 'net']) mkdirSync(join(dir, below), { recursive: true });
    symlinkSync(`net:[${net}]`, join(dir, 'ns/net'));
    for (const [fd, link] of fds.entries()) symlinkSync(link, join(dir, 'fd', String(fd)));
    if (tcp !== undefined) writeFileSync(join(dir, 'net/tcp'), HEADER + tcp.map(line).join(''));
    writeFileSync(join(dir, 'cmdline'), '');
    writeFileSync(join(dir, 'comm'), `${comm}\n`);
  }
  return root;
}

const seen = async (procRoot: string, pids: number[], pause = () => undefined as Promise<void> | undefined) =>
  (await readSockets({ procRoot, pause }, pids)).map(({ inode, network, processes }) => [
    network,
    inode,
    processes.map(({ pid, fd, command }) => `${pid}/${fd} ${command}`).join(),
  ]);

test("its own network: every socket, also one that is no process's; shared ones with all who have them", async (t) => {
  const root = proc(t, {
    1: { net: 1 },
    7: { net: 9, tcp: [70, 0, 71], fds: ['/dev/null', 'socket:[70]', 'pipe:[70]'], comm: 'a (b' },
    8: { net: 9, fds: ['socket:[70]', 'socket:[999]'] },
  });
  assert.deepEqual(await seen(root, [7, 8]), [
    [9, 70, '7/1 [a (b],8/0 [x]'],
    [9, 0, ''],
    [9, 71, ''],
  ]);
});

test("the node's own network: what they have open; each network of theirs is read once", async (t) => {
  const root = proc(t, {
    1: { net: 1, tcp: [10, 11] },
    7: { net: 1, tcp: [10, 11], fds: ['socket:[11]'] },
    8: { net: 9, tcp: [80] },
  });
  assert.deepEqual(await seen(root, [7, 8, 404]), [
    [1, 11, '7/0 [x]'],
    [9, 80, ''],
  ]);
});

test('thousands of connections are read in pieces, and none is lost', async (t) => {
  const inodes = Array.from({ length: 1700 }, (_, index) => index + 1);
  const root = proc(t, { 1: { net: 1 }, 7: { net: 9, tcp: inodes } });
  let pauses = 0;
  const found = await seen(root, [7], () => {
    pauses += 1;
    return Promise.resolve();
  });
  assert.deepEqual(
    found.map(([, inode]) => inode),
    inodes,
  );
  assert.ok(pauses > 4, `${pauses}`);
});
