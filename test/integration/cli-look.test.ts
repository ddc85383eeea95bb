import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { ProcessView, SocketView } from '#agent/contract/processes.js';
import { eventually } from '#test/support/eventually.js';
import { LiveAgent } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
  const listen = `require('net').createServer().listen(8080, '127.0.0.1'); setInterval(() => {}, 1000)`;
  agent.ok('run', '-d', '--name', 'web', 'host:', process.execPath, '-e', listen);
  agent.ok('run', '-d', '--name', 'side', '--network', 'container:web', 'host:', 'sh', '-c', 'sleep 1000 & wait');
  await eventually(() => agent.ok('procs', '--sockets', 'web').includes('127.0.0.1:8080'));
  await eventually(() => agent.ok('procs', 'side').includes('sleep 1000'));
});
after(() => agent.stop());

const json = <T>(...args: string[]): T => JSON.parse(agent.ok(...args, '--format', 'json')) as T;
type Shown = { container: string; processes?: ProcessView[]; sockets?: SocketView[]; mounts?: unknown[] }[];

test('ns: all of the node; of a type; a table whose lines are the json', () => {
  const all = json<NamespaceView[]>('ns');
  const own = Number(/\d+/.exec(readlinkSync('/proc/self/ns/net'))?.[0]);
  assert.ok(all.some(({ inode, type }) => inode === own && type === 'net'));
  assert.deepEqual(new Set(all.map(({ type }) => type)).has('mnt'), true);
  const nets = json<NamespaceView[]>('ns', '--type', 'net,user', '-t', 'pid');
  assert.deepEqual([...new Set(nets.map(({ type }) => type))], ['user', 'pid', 'net']);
  const web = nets.find(({ type, container }) => type === 'net' && container?.name === 'web') as NamespaceView;
  assert.match(agent.ok('ns', '--type', 'net'), new RegExp(`^${web.inode} +net +\\d+ +${web.oldest?.pid} +root +web +`, 'm'));
  assert.ok(agent.ok('ns', '-q').split('\n').includes(String(web.inode)));
  assert.ok((parse(agent.ok('ns', '--format', 'yaml')) as NamespaceView[]).some(({ inode }) => inode === web.inode));
});

test('ns CONTAINER: with whom it shares what', () => {
  const text = agent.ok('ns', 'side');
  assert.match(text, /^TYPE +NS +NPROCS +SHARED WITH +PARENT +USER NS +COMMAND\n/);
  assert.match(text, /^net +\d+ +\d+ +web +/m);
  // Other containers of the machine may be in it too.
  const [, sharing = ''] = /^user +\d+ +\d+ +(\S+)/m.exec(agent.ok('ns', '--no-trunc', 'side')) ?? [];
  assert.deepEqual(
    sharing.split(',').filter((name) => name === 'host' || name === 'web'),
    ['host', 'web'],
    sharing,
  );
  assert.match(text, /^mnt +\d+ +\d+ {2,}\d+ +/m);
  assert.equal(json<NamespaceView[]>('ns', 'side').length, text.trim().split('\n').length - 1);
});

test('ns --tree: a pid namespace is below the one it is in', () => {
  const tree = json<NamespaceView[]>('ns', '--tree', '--type', 'pid');
  const web = tree.find(({ container }) => container?.name === 'web') as NamespaceView;
  const parent = tree.find(({ inode }) => inode === web.parent) as NamespaceView;
  assert.equal(web.depth, (parent.depth ?? 0) + 1);
  assert.match(agent.ok('ns', '--tree'), new RegExp(`^ {${2 * (web.depth ?? 0)}}${web.inode} +pid `, 'm'));
});

test('procs: all containers, some, a tree, columns on request', () => {
  assert.deepEqual(
    json<Shown>('procs').map(({ container, processes }) => [container, processes !== undefined]),
    [
      ['side', true],
      ['web', true],
    ],
  );
  assert.match(agent.ok('procs', '--tree', 'side'), /^side +\d+ +1 +root .* {3}sh -c .*\nside +\d+ +2 +root .* {5}sleep 1000$/m);
  assert.match(agent.ok('procs', '--pss', '--files', 'web'), /RSS +PSS +THR +FILES +CAPS/);
  assert.doesNotMatch(agent.ok('procs', 'web'), /PSS|FILES/);
  const [shown] = json<Shown>('procs', '--interval', '100ms', 'web');
  assert.equal(agent.ok('procs', '-q', 'web'), String(shown?.processes?.[0]?.pid));
});

test('procs --sockets and --mounts', () => {
  assert.match(agent.ok('procs', '--sockets', 'web'), /^web +tcp +LISTEN +0 +0 +127\.0\.0\.1:8080 +0\.0\.0\.0:\* +\d+ .*node/m);
  // The network is web's, the process that listens is not side's.
  assert.match(agent.ok('procs', '--sockets', 'side'), /^side +tcp +LISTEN +0 +0 +127\.0\.0\.1:8080 +0\.0\.0\.0:\*$/m);
  assert.match(agent.ok('procs', '--mounts', 'web'), /^web +\/proc +proc +proc +\/ +private +/m);
  const [both] = json<Shown>('procs', '--sockets', '--mounts', 'web');
  assert.ok(both?.processes === undefined && (both?.sockets?.length ?? 0) > 0 && (both?.mounts?.length ?? 0) > 0);
});

test('what is wrong is said, and what is right is shown', () => {
  const unknown = agent.tsgov('procs', 'nobody', 'web');
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /nobody/);
  assert.match(unknown.stdout, /^web /m);
  assert.equal(agent.tsgov('ns', 'nobody').code, 1);
  const type = agent.tsgov('ns', '--type', 'nett');
  assert.deepEqual([type.code, /want user, pid, mnt/.test(type.stderr)], [2, true]);
  assert.match(agent.tsgov('procs', '--interval', '1ms', 'web').stderr, /interval must be 50ms to 1m/);
});
