import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_LABEL, demoSamples } from '#src/demo/samples.js';
import { LiveAgent, TSGOV } from '#test/support/live-agent.js';
import { Tmux } from '#test/support/tmux.js';
import { ansiToSvg } from './ansi-to-svg.mjs';
import { ROOT } from './command.mjs';
import { say } from './say.mjs';

/**
 * Makes docs/pictures/top-*.svg: `tsgov top` on an agent of its own with the workloads of the demo and some more, as it was on this machine.
 * Needs a build, root and tmux. Takes about two minutes; removes all it made.
 */
const SIZE = { columns: 120, rows: 34 };
const WORK_MS = 90_000;
const PICTURES = join(ROOT, 'docs/pictures');

const POLICY = `apiVersion: tsgov/v1
kind: Policy
metadata: {name: batch}
spec:
  match: {label: {tier: batch}}
  limits:
    cpu: {max: 0.3, weight: 50}
    memory: {max: 96MiB}
`;

const cleanUps = [];
const teardown = { after: (work) => cleanUps.push(work) };

async function main() {
  const agent = await LiveAgent.start();
  cleanUps.push(() => agent.stop());
  const disk = mkdtempSync('/var/tmp/tsgov-picture-');
  cleanUps.push(() => rmSync(disk, { recursive: true, force: true }));
  await work(agent, disk);
  say(`letting them work for ${WORK_MS / 1000} s`);
  await sleep(WORK_MS);
  const environment = Object.fromEntries(['TSGOV_ROOT', 'TSGOV_STATE', 'PATH'].map((name) => [name, agent.env[name]]));
  const env = { ...environment, XDG_CONFIG_HOME: disk, TERM: 'xterm-256color' };
  const tmux = new Tmux(teardown, { command: [TSGOV, 'top', '--runtime', 'tsgov'], ...SIZE, env });
  await tmux.until('live figures', /live \d\d:\d\d/);
  await sleep(20_000);
  mkdirSync(PICTURES, { recursive: true });
  picture('top-overview', tmux, 'tsgov top: the node and its containers');
  tmux.press('/');
  tmux.type('memory-eater');
  tmux.press('Enter', 'Enter', '[');
  await tmux.until('what holds it back', /^ +\d+% [a-z]+-/m);
  await sleep(3000);
  picture('top-container', tmux, 'tsgov top: one container, what it uses and what holds it back');
}

/** The demo's three, one under a policy, one frozen, one that waits. */
async function work(agent, disk) {
  const call = async (method, path, body) => {
    const answer = await agent.api(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  };
  for (const { body, limits } of demoSamples(disk))
    await call('POST', '/v1/containers?start=true', { ...body, limits: { ...limits } });
  const spin = 'while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1; done';
  const others = [
    { name: 'nightly-report', command: ['sh', '-c', spin], labels: { tier: 'batch' } },
    { name: 'web', command: ['sh', '-c', 'while :; do echo GET / 200; sleep 0.3; done'], labels: {} },
    { name: 'migration', command: ['sh', '-c', spin], labels: {} },
  ];
  for (const { labels, ...body } of others)
    await call('POST', '/v1/containers?start=true', { ...body, image: 'host:', labels: { ...labels, [DEMO_LABEL]: 'true' } });
  const policy = join(disk, 'batch.yaml');
  writeFileSync(policy, POLICY);
  agent.ok('policy', 'apply', policy);
  agent.ok('freeze', 'migration');
}

function picture(name, tmux, title) {
  const path = join(PICTURES, `${name}.svg`);
  writeFileSync(path, ansiToSvg(tmux.coloured(), { ...SIZE, title }));
  say(`wrote ${path}`);
}

try {
  await main();
} finally {
  for (const work of cleanUps) await work();
}
