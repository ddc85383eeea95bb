import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERROR_CODES } from '#agent/contract/errors.js';
import { AgentHere } from '#test/support/agent-here.js';
import { eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { type Document, type MadeRequest, requestsOf, type Values } from '#test/support/openapi-requests.js';
import { requires } from '#test/support/requires.js';
import { type Outcome, sendAll } from '#test/support/send-requests.js';

const REQUESTS = Number(process.env.TSGOV_FUZZ_REQUESTS ?? 600);
const SEED = Number(process.env.TSGOV_FUZZ_SEED ?? Date.now() % 1_000_000_000);
const NAMES = ['fz-1', 'fz-2', 'fz-3', 'fz-4'];

const some = (...values: unknown[]) => fc.constantFrom(...values);
const POLICY = JSON.stringify({
  apiVersion: 'tsgov/v1',
  kind: 'Policy',
  metadata: { name: 'fz' },
  spec: { match: { name: ['fz-*'] }, limits: { pids: { max: 50 }, memory: { max: '64MiB' } } },
});

const TEXTS = {
  user: some('0', '1000', 'nobody', 'x:y', ''),
  workdir: some('/', '/tmp', 'relative', ''),
  hostname: some('fz', 'a b', 'x'.repeat(65)),
  domainname: some('fz', ''),
  env: some([], ['A=1'], ['=']),
  restart: some('no', 'always', 'on-failure:2', 'x'),
  stopSignal: some('TERM', 'x'),
  ulimits: some([], ['nofile=10:20'], ['x=1'], { nofile: 'x' }),
  capAdd: some([], ['ALL'], ['SYS_PTRACE'], ['NOPE']),
  capDrop: some([], ['ALL'], ['x']),
  securityOpt: some([], ['no-new-privileges'], ['seccomp=unconfined'], ['x=y']),
  groupAdd: some([], ['100'], ['nobody'], ['x y']),
  tmpfs: some([], ['/tmp'], ['/tmp:size=1m'], ['']),
  timeOffsets: some({}, { boottime: { secs: 5, nanosecs: 0 } }, { x: {} }),
  shmSize: some('1m', 1 << 20, 'x', -1),
  oomScoreAdj: some(0, 500, 5000),
  limits: fc.record(
    {
      cpu: some({ max: 0.5 }, { max: 'max', weight: 50 }, { max: -1 }, { weight: 1e9 }),
      memory: some({ max: '64MiB' }, { max: '64MiB', high: '1k' }, { max: 1 }, { max: 'x' }, { low: 'max' }),
      pids: some({ max: 100 }, { max: 'max' }, { max: 0.5 }),
      io: some({ weight: 100 }, { devices: [{ device: '/dev/nonexistent', readBps: 1 }] }, { weight: 0 }),
      cpuset: some({ cpus: '0' }, { cpus: '999' }, { cpus: 'x' }),
      state: some('frozen', 'thawed', 'x'),
    },
    { requiredKeys: [] },
  ),
};

/** What is asked of this machine for real shall reach no container but its own, and nothing of the node. */
const VALUES: Values = {
  ...TEXTS,
  ref: some(...NAMES, ...NAMES, 'fz-none', 'fz-%2f', 'fz-\0', `fz-${'x'.repeat(900)}`),
  name: some(...NAMES, 'fz', 'fz ü', ''),
  image: some('host:', 'host:', 'host:', 'rootfs:/nonexistent', 'bundle:/nonexistent', 'x:', 7),
  command: some(['sleep', '1000'], ['true'], ['/nonexistent'], [], 'true'),
  entrypoint: some([], '', ['sleep']),
  mounts: some(
    [{ type: 'tmpfs', target: '/mnt' }],
    [{ type: 'bind', source: '/nonexistent', target: '/x' }],
    [{ type: 'bind', source: 'x', target: '../..' }],
    [{ target: '' }],
  ),
  devices: some(['/dev/null'], ['/dev/nonexistent'], ['x:y:z']),
  network: some('private', 'none', 'host', 'container:fz-1', 'x'),
  pid: some('private', 'host', 'container:fz-1', 'container:'),
  ipc: some('private', 'container:fz-1', 'x'),
  uts: some('private', 'x'),
  userns: some('private', 'host', 'x'),
  cgroupns: some('private', 'host', 'x'),
  cgroupParent: some('..', '', '/../x', 'a\0b'),
  sysctls: some({}, { 'kernel.nonexistent': '1' }, { x: '' }),
  stopTimeout: some(0, 1, -2, 1e9),
  timeout: some('0', '100ms', '-2', 'x'),
  window: some('100ms', '1ms', 'x'),
  interval: some('100ms', '1ms', 'x'),
  for: some('100ms', '1s', 'x'),
  signal: some('TERM', 'SIGKILL', '9', 'SIGNOPE', '0', '64', '65'),
  device: some('/', '/dev/nonexistent', '999:999', ''),
  cursor: some('1', 'MQ', 'x', '999999999999999'),
};

/** What a request that was given up on does meanwhile may be before us. */
async function unless(code: string, act: Promise<unknown>): Promise<void> {
  await act.catch((error: { code?: string }) => {
    if (error.code !== code) throw error;
  });
}

/** Whatever requests did to them, there are containers to ask of. */
async function revive({ client }: AgentHere): Promise<void> {
  const there = new Set((await client.list()).map(({ name }) => name));
  for (const name of NAMES.filter((each) => !there.has(each)))
    await unless('NAME_IN_USE', client.create({ image: 'host:', name, command: ['sleep', '1000'] }, { start: true }));
}

/** Routes whose body is a policy file say so by words alone. */
const isPolicy = ({ path }: MadeRequest) => path.startsWith('/v1/policies/');

test(
  `${REQUESTS} requests made from the OpenAPI document, of a whole agent: no fault, nothing left over`,
  requires({ root: true }),
  async (t) => {
    const agent = await AgentHere.start(t);
    const made = requestsOf((await agent.client.openapi()) as Document, VALUES).map((request) =>
      isPolicy(request) && request.method !== 'DELETE' ? { ...request, body: POLICY } : request,
    );
    const requests = fc.sample(made, { seed: SEED, numRuns: REQUESTS });
    const statuses = new Map<number, number>();
    const onOutcome = (request: MadeRequest, outcome: Outcome) => {
      statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
      check(request, outcome);
    };
    const socket = agent.client.target.slice('unix://'.length);
    const send = async (part: readonly MadeRequest[]) => {
      for (let index = 0; index < part.length; index += 50) {
        await revive(agent);
        await sendAll(socket, part.slice(index, index + 50), { atOnce: 4, patienceMs: 300, onOutcome });
      }
    };
    await send(requests.slice(0, REQUESTS / 4));
    await removeAll(agent);
    const before = { fds: openFds().length, rss: rssBytes() };
    await send(requests.slice(REQUESTS / 4));
    await removeAll(agent);
    await eventually(() => openFds().length <= before.fds + 8);
    const grown = rssBytes() - before.rss;
    assert.ok(grown < 200 << 20, `seed ${SEED}: grew by ${grown} bytes`);
    assert.deepEqual(agent.faults.map(stackOf), [], `seed ${SEED}`);
    assert.ok((statuses.get(200) ?? 0) > REQUESTS / 5, [...statuses].join('; '));
  },
);

function check({ method, path, body }: MadeRequest, { status, type, text }: Outcome): void {
  const what = `seed ${SEED}: ${method} ${path} ${body ?? ''}: ${status} ${text.slice(0, 500)}`;
  assert.notEqual(status, -1, what);
  if (status < 400) return;
  assert.equal(type, 'application/problem+json', what);
  const { code } = JSON.parse(text) as { code: string };
  assert.ok(code in ERROR_CODES && code !== 'INTERNAL', what);
}

async function removeAll({ client }: AgentHere): Promise<void> {
  for (const { id } of await client.list()) await unless('CONTAINER_NOT_FOUND', client.remove(id, { force: true }));
  for (const { name } of (await client.policies()).policies) await unless('POLICY_NOT_FOUND', client.removePolicy(name));
}

/** Whole, with the causes. */
function stackOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return fault.cause === undefined ? String(fault.stack) : `${fault.stack}\ncaused by ${stackOf(fault.cause)}`;
}

function rssBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
}
