import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { SocketView } from '#agent/contract/processes.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

const NEEDS = requires({ root: true, binary: ['ss', 'nsenter'] });

/** Listens everywhere, connects to itself, and closes one connection from its side: that one ends in TIME_WAIT, without a process. */
const SERVER = `
const net = require('net'), dgram = require('dgram');
const hold = [];
const listen = (where) => new Promise((done) => { const s = net.createServer((c) => { hold.push(c); c.on('error', () => {}); c.on('end', () => c.end()); c.resume(); }); s.listen(where, () => done(s)); });
(async () => {
  await listen({ host: '127.0.0.1', port: 8001 });
  await listen({ host: '::1', port: 8002 });
  await listen({ host: '::', port: 8003 });
  await listen({ path: '/tmp/a sock' });
  await listen({ path: '\\0abstract' });
  const udp = dgram.createSocket('udp4'); udp.bind(8004, '0.0.0.0');
  const udp6 = dgram.createSocket('udp6'); udp6.bind(8005, '::1');
  hold.push(net.connect(8001, '127.0.0.1'), net.connect(8003, '127.0.0.1'), net.connect(8002, '::1'), net.connect('/tmp/a sock'));
  const short = net.connect(8001, '127.0.0.1', () => { short.end(); short.resume(); });
  short.on('close', () => console.log('ready'));
})();`;

interface Seen {
  state: string;
  local: string;
  remote: string;
  owners: string;
}

const SS_STATES: Readonly<Record<string, string>> = { ESTAB: 'ESTABLISHED', UNCONN: 'UNCONNECTED', 'TIME-WAIT': 'TIME_WAIT' };

/** What `ss` says inside the network namespace of a process, by protocol, addresses and state; owners as pid/fd. */
function ss(pid: number): Seen[] {
  const text = execFileSync('nsenter', ['-t', String(pid), '-n', 'ss', '-tuanpH'], { encoding: 'utf8' });
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, state = '', , , local = '', remote = '', users = ''] = line.split(/\s+/);
      const owners = [...users.matchAll(/pid=(\d+),fd=(\d+)/g)].map(([, owner, fd]) => `${owner}/${fd}`);
      return { state: SS_STATES[state] ?? state, local, remote, owners: owners.sort().join() };
    });
}

function asSs({ protocol, state, localAddress, localPort, remoteAddress, remotePort, processes }: SocketView): Seen {
  const end = (address: string | null, port: number | null) => {
    // ss writes * for the address any of a socket that takes both families.
    const any = protocol.endsWith('6') && address === '::' && localPort === 8003;
    const host = any ? '*' : protocol.endsWith('6') ? `[${address}]` : address;
    return `${host}:${port === 0 ? '*' : port}`;
  };
  return {
    state,
    local: end(localAddress, localPort),
    remote: end(remoteAddress, remotePort),
    owners: processes
      .map(({ pid, fd }) => `${pid}/${fd}`)
      .sort()
      .join(),
  };
}

/** Where ss has no inet_diag to ask it cannot tell `[::]` from `*`. */
const byText = (all: readonly Seen[]) =>
  all.map((one) => JSON.stringify({ ...one, remote: one.remote.replace('[::]:*', '*:*') })).sort();

test('listening, connected and closed sockets of a container are those ss shows inside', NEEDS, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run([process.execPath, '-e', SERVER]);
  await eventually(async () => (await agent.output(id)).includes('ready'));
  const pid = agent.backend.inspect(id).state.pid as number;
  const look = async () => {
    const views = await agent.eyes.sockets(id);
    const inet = views.filter(({ protocol }) => protocol !== 'unix');
    return { views, inet, ours: byText(inet.map(asSs)), theirs: byText(ss(pid)) };
  };
  // Its last connections may be accepted between our look and that of ss.
  let seen = await look();
  for (let tries = 0; tries < 20 && !isDeepStrictEqual(seen.ours, seen.theirs); tries += 1) seen = await look();
  const { views, inet, ours, theirs } = seen;
  assert.deepEqual(ours, theirs);
  const states = inet.map(({ protocol, state }) => `${protocol} ${state}`);
  for (const wanted of [
    'tcp LISTEN',
    'tcp6 LISTEN',
    'tcp ESTABLISHED',
    'tcp6 ESTABLISHED',
    'udp UNCONNECTED',
    'udp6 UNCONNECTED',
    'tcp TIME_WAIT',
  ])
    assert.ok(states.includes(wanted), `${wanted} in ${states.join()}`);
  const listeners = inet.filter(({ state }) => state === 'LISTEN');
  assert.ok(listeners.every(({ processes }) => processes.length === 1 && processes[0]?.command.startsWith(process.execPath)));
  const inode = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0]);
  assert.ok(views.every(({ network }) => network === inode));
  const unix = views.filter(({ protocol, state }) => protocol === 'unix' && state === 'LISTEN');
  // Node 20 fills an abstract name up with NULs, which the kernel shows as @.
  assert.deepEqual(unix.map(({ path }) => path?.replace(/@+$/, '')).sort(), ['/tmp/a sock', '@abstract']);
  assert.equal(
    views
      .filter(({ protocol, state }) => protocol === 'unix' && state === 'ESTABLISHED')
      .filter(({ path }) => path === '/tmp/a sock').length,
    1,
  );
});

test("in the node's own network namespace only what its processes have open is a container's", NEEDS, async (t) => {
  const agent = await AgentBackend.start(t);
  const ours = createServer().listen(0, '127.0.0.1');
  t.after(() => {
    ours.close();
  });
  const id = await agent.run(
    [process.execPath, '-e', `require('net').createServer().listen(0, '127.0.0.1', () => console.log('ready'))`],
    {
      network: 'host',
    },
  );
  await eventually(async () => (await agent.output(id)).includes('ready'));
  const pid = agent.backend.inspect(id).state.pid as number;
  const views = await agent.eyes.sockets(id);
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`)));
  assert.equal(views.filter(({ protocol, state }) => protocol === 'tcp' && state === 'LISTEN').length, 1);
  for (const { inode, processes } of views) {
    assert.ok(open.has(`socket:[${inode}]`));
    assert.ok(processes.every((owner) => owner.pid === pid));
  }
});
