import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** Addresses for documentation (RFC 5737): nobody's. */
export const LINKED = { first: '192.0.2.1', second: '192.0.2.2' } as const;

/**
 * Joins the network namespaces of two processes by a pair of veth, called eth0 in both; the host has none of it. The pair goes with the first
 * namespace that ends. Needs `ip` and `nsenter`.
 */
export function linkNetworks(firstPid: number, secondPid: number): void {
  const ends = [
    [firstPid, LINKED.first],
    [secondPid, LINKED.second],
  ] as const;
  const [a, b] = [String(firstPid), String(secondPid)];
  run('ip', 'link', 'add', 'eth0', 'netns', a, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', b);
  for (const [pid, address] of ends) {
    const ip = ['-t', String(pid), '-n', 'ip'];
    run('nsenter', ...ip, 'address', 'add', `${address}/30`, 'dev', 'eth0');
    run('nsenter', ...ip, 'link', 'set', 'eth0', 'up');
  }
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
}
