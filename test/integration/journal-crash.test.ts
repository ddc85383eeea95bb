import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeathPage, DeathView, JournalEntry, JournalPage } from '#agent/contract/journal.js';
import type { PolicyList } from '#agent/contract/policy.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: 'pids' });
const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 30);
let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

/** What was acknowledged in one round, and what was asked last. */
interface Told {
  /** New pids.max of the container w, acknowledged one after the other. */
  limits: number[];
  asked: number;
  /** What it may be now beside that: acknowledged last, or found after the last restart. */
  stands: number;
  /** Policy → its last acknowledged pids.max (null: removed), and the one asked since. */
  policies: Map<string, { last: number | null; asked: number | null }>;
  policyRows: number;
  /** Containers whose end somebody was told of. */
  ended: string[];
}

test('kill -9 at any moment: no acknowledged policy, act or death is lost, and no limit is half set', ROOT, async (t) => {
  agent.ok('run', '-d', '--name', 'w', '--pids-limit', '9000', 'host:', 'sleep', '1000');
  const view = agent.inspect('w');
  const told: Told = { limits: [], asked: 9000, stands: 9000, policies: new Map(), policyRows: 0, ended: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const delayMs = Math.random() * 600;
    t.diagnostic(
      `round ${round}: killed after ${delayMs.toFixed(1)} ms, ${told.limits.length} limits and ${told.ended.length} ends so far`,
    );
    const churn = Promise.all([
      untilGone((step) => limit(told, round * 10_000 + step)),
      ...['a', 'b'].map((name) => untilGone((step) => changePolicy(told, name, step))),
      untilGone((step) => runToItsEnd(told, `c-${round}-${step}`)),
    ]);
    // However slow the machine: the first round goes on until there is one of each to lose.
    if (round === 0) await agent.until('one of each', () => isAnyOfEach(told), 120_000);
    await sleep(delayMs);
    await agent.killAgent('SIGKILL');
    await churn;
    await agent.startAgent();
    await check(told, view);
  }
  t.diagnostic(`acknowledged: ${told.limits.length} limits, ${told.policyRows} changes of policies, ${told.ended.length} ends`);
});

function isAnyOfEach({ limits, policyRows, ended }: Told): boolean {
  return limits.length > 0 && policyRows > 0 && ended.length > 0;
}

async function check(told: Told, view: Parameters<typeof kernelFile>[0]): Promise<void> {
  const rows = await all(
    async (page) => await ask<JournalPage>(`/v1/journal?limit=1000${page}`),
    ({ entries }) => entries,
  );
  const limits = rows.filter(({ action, actor }) => action === 'limit' && actor === 'user').map((row: JournalEntry) => row.after);
  const lost = told.limits.filter((value) => !limits.includes(value));
  assert.deepEqual(lost, [], 'limits without a row');
  const policyRows = rows.filter(
    ({ action, result }) => result === 'done' && (action === 'policy-put' || action === 'policy-rm'),
  );
  assert.ok(policyRows.length >= told.policyRows, `${policyRows.length} rows of ${told.policyRows} policies`);

  const { policies } = await ask<PolicyList>('/v1/policies');
  for (const [name, { last, asked }] of told.policies) {
    const now = policies.find((policy) => policy.name === name)?.spec.limits?.pids?.max ?? null;
    assert.ok(now === last || now === asked, `policy ${name} says ${now}, not ${last} or ${asked}`);
    told.policies.set(name, { last: now as number | null, asked });
  }
  const deaths = await all(
    async (page) => await ask<DeathPage>(`/v1/deaths?limit=1000${page}`),
    (page) => page.deaths,
  );
  const names = deaths.map(({ container }: DeathView) => container.name);
  assert.deepEqual(
    told.ended.filter((name) => !names.includes(name)),
    [],
    'ends without a record',
  );
  assert.equal(new Set(names).size, names.length, 'an end is told once');

  const may = [told.stands, told.asked].map(String);
  const file = kernelFile(view, 'pids.max');
  assert.ok(may.includes(file), `pids.max is ${file}, not one of ${may}`);
  told.stands = Number(file);
}

async function limit(told: Told, step: number): Promise<void> {
  told.asked = 10_000 + step;
  await must('PATCH', '/v1/containers/w/limits', { pids: { max: told.asked } });
  told.limits.push(told.asked);
  told.stands = told.asked;
}

async function changePolicy(told: Told, name: string, step: number): Promise<void> {
  const known = told.policies.get(name) ?? { last: null, asked: null };
  const asked = known.last !== null && step % 4 === 3 ? null : 100 + (step % 17);
  told.policies.set(name, { ...known, asked });
  // Of another container: what w has is the limit's.
  const body = JSON.parse(
    policyText(name, { priority: 1, match: { name: 'nobody' }, limits: { pids: { max: asked ?? 1 } } }),
  ) as object;
  await (asked === null ? must('DELETE', `/v1/policies/${name}`) : must('PUT', `/v1/policies/${name}`, body));
  told.policies.set(name, { last: asked, asked });
  told.policyRows += 1;
}

async function runToItsEnd(told: Told, name: string): Promise<void> {
  await must('POST', '/v1/containers?start=true', { image: 'host:', name, command: ['true'] });
  await must('POST', `/v1/containers/${name}/wait`, {});
  told.ended.push(name);
  await must('DELETE', `/v1/containers/${name}?force=true`);
}

/** Goes on until the agent is gone; an answer that is an error fails. */
async function untilGone(work: (step: number) => Promise<void>): Promise<void> {
  for (let step = 0; ; step += 1) {
    try {
      await work(step);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

async function must(method: string, path: string, body?: object): Promise<void> {
  const answer = await agent.api(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function ask<T>(path: string): Promise<T> {
  const { status, body } = await agent.api('GET', path);
  assert.equal(status, 200, JSON.stringify(body));
  return body as T;
}

async function all<Page extends { next: string | null }, Row>(
  read: (page: string) => Promise<Page>,
  rowsOf: (page: Page) => Row[],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ''; ; ) {
    const page = await read(cursor);
    rows.push(...rowsOf(page));
    if (page.next === null) return rows;
    cursor = `&cursor=${page.next}`;
  }
}
