import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as settle } from 'node:timers/promises';
import type { TsgovClient } from '#agent/client.js';
import { ClientError } from '#agent/contract/client-error.js';
import type { MomentView } from '#agent/contract/moment.js';
import { STEP_MS, travellingSource } from '#src/top/recorded/travelling-source.js';
import type { DataInput, Interest, TopSource } from '#src/top/source.js';

const NOW = Date.parse('2026-11-21T04:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();

/** A node whose agent recorded a tick a second, but for a gap; answers come when the test lets them. */
class Recorded {
  readonly asked: string[] = [];
  readonly told: DataInput[] = [];
  readonly liveWants: Interest[] = [];
  refreshed = 0;
  failing: Error | undefined;
  #tellLive: (input: DataInput) => void = () => undefined;
  readonly source: TopSource;

  constructor(
    readonly ticks: readonly number[],
    atMs?: number,
  ) {
    const live: TopSource = {
      target: 'here',
      start: (tell) => {
        this.#tellLive = tell;
      },
      want: (interest) => void this.liveWants.push(interest),
      refresh: () => {
        this.refreshed += 1;
      },
      step: () => undefined,
      close: () => undefined,
    };
    this.source = travellingSource({ client: this.#client(), live, atMs, nowMs: () => NOW });
    this.source.start((input) => void this.told.push(input));
  }

  live(input: DataInput): void {
    this.#tellLive(input);
  }

  async step(direction: -1 | 1, far = false): Promise<string> {
    this.source.step(direction, far);
    return this.shown();
  }

  /** What the last word about where it is says. */
  async shown(): Promise<string> {
    for (let turn = 0; turn < 10; turn += 1) await settle();
    const connection = this.told.findLast((input) => input.kind === 'connection')?.connection;
    if (connection?.kind !== 'recorded') return connection?.kind ?? 'nothing';
    return `${(NOW - connection.atMs) / 1000} s ago${connection.first ? ', first' : ''}`;
  }

  #client(): TsgovClient {
    return {
      node: async () => ({ hostname: 'box' }),
      journal: async ({ until }: { until: string }) => ({
        entries: [entry('limit', Date.parse(until) - 5000), entry('freeze', Date.parse(until) - 9000)],
        next: null,
      }),
      deaths: async () => ({ deaths: [], next: null }),
      moment: async (at: string): Promise<MomentView> => {
        this.asked.push(at);
        if (this.failing !== undefined) throw this.failing;
        const index = Math.max(
          0,
          this.ticks.findLastIndex((tick) => tick <= Date.parse(at)),
        );
        if (this.ticks.length === 0) throw new ClientError('NOT_FOUND', 'nothing was recorded', { status: 404 });
        const timeOf = (tick: number | undefined) => (tick === undefined ? null : iso(tick));
        return {
          at: iso(this.ticks[index]!),
          previous: timeOf(this.ticks[index - 1]),
          next: timeOf(this.ticks[index + 1]),
          node: { signals: { 'node.memory.available': 25 }, memTotalBytes: 100, cpus: 2 },
          containers: [],
        };
      },
    } as unknown as TsgovClient;
  }
}

function entry(action: string, atMs: number): object {
  return {
    id: atMs,
    time: iso(atMs),
    container: null,
    actor: 'user',
    action,
    field: null,
    reason: '',
    before: null,
    after: null,
    result: 'done',
  };
}

const every = (fromSecondsAgo: number, toSecondsAgo: number): number[] =>
  Array.from({ length: fromSecondsAgo - toSecondsAgo }, (_, index) => NOW - (fromSecondsAgo - index) * 1000);

test('A step back leaves now, steps go by ten seconds, and the last step forward is now again', async () => {
  const node = new Recorded(every(100, 0));
  assert.equal(await node.step(1), 'nothing', 'there is nothing after now');
  assert.equal(await node.step(-1), '10 s ago');
  assert.equal(node.liveWants.at(-1)?.paused, true, 'now is not asked meanwhile');
  assert.equal(await node.step(-1), '20 s ago');
  const overview = node.told.findLast((input) => input.kind === 'overview');
  assert.deepEqual([overview?.atMs, overview?.node.hostname, overview?.node.memoryUsedBytes], [NOW - 2 * STEP_MS, 'box', 75]);
  assert.equal(await node.step(1), '10 s ago');
  assert.equal(await node.step(1), 'connecting');
  assert.deepEqual([node.liveWants.at(-1)?.paused, node.refreshed], [false, 1]);
  node.source.close();
});

test('Long steps are of five minutes, and one that goes beyond the end is now', async () => {
  const node = new Recorded(every(2000, 0));
  assert.equal(await node.step(-1, true), '300 s ago');
  assert.equal(await node.step(-1), '310 s ago');
  assert.equal(await node.step(1, true), '10 s ago');
  assert.equal(await node.step(1, true), 'connecting');
  node.source.close();
});

test('Keys that come faster than answers count all, and only the last moment is shown', async () => {
  const node = new Recorded(every(200, 0));
  for (let press = 0; press < 12; press += 1) node.source.step(-1, false);
  assert.equal(await node.shown(), '120 s ago');
  assert.ok(node.asked.length <= 2, `asked ${node.asked.length} times`);
  node.source.close();
});

test('A time without an agent is passed over in one step, both ways, and the beginning is the end', async () => {
  const node = new Recorded([...every(330, 300), ...every(60, 0)]);
  for (let press = 0; press < 6; press += 1) await node.step(-1);
  assert.equal(await node.shown(), '60 s ago');
  assert.equal(await node.step(-1), '301 s ago');
  assert.equal(await node.step(1), '60 s ago');
  assert.equal(await node.step(-1), '301 s ago');
  assert.equal(await node.step(-1), '311 s ago');
  assert.equal(await node.step(-1), '321 s ago');
  assert.equal(await node.step(-1), '330 s ago, first');
  assert.equal(await node.step(-1), '330 s ago, first', 'nothing is recorded before');
  assert.equal(await node.step(1), '320 s ago');
  node.source.close();
});

test('Where nothing was recorded yet it stays now', async () => {
  const node = new Recorded([]);
  assert.equal(await node.step(-1), 'connecting');
  assert.equal(node.liveWants.at(-1)?.paused, false);
  assert.equal(await new Recorded([], NOW - 50_000).shown(), 'connecting');
});

test('What happened in recorded time is what was done until then; events of now are not shown until it is now', async () => {
  const node = new Recorded(every(100, 0));
  const event = { id: 7, time: iso(NOW), type: 'oom', attributes: {} };
  await node.step(-1);
  node.live({ kind: 'events', events: [event] });
  const events = () => node.told.findLast((input) => input.kind === 'events');
  assert.deepEqual(
    events()?.events.map(({ type, time }) => [type, time]),
    [
      ['freeze', iso(NOW - 10_000 + 1 - 9000)],
      ['limit', iso(NOW - 10_000 + 1 - 5000)],
    ],
  );
  await node.step(1);
  assert.deepEqual([events()?.replace, events()?.events], [true, [event]]);
  node.source.close();
});

test('It begins where it is told to, and an agent that cannot be asked is told and asked again', async () => {
  const node = new Recorded(every(100, 0), NOW - 50_500);
  assert.equal(await node.shown(), '51 s ago');
  assert.equal(node.liveWants[0]?.paused, true);
  node.failing = new ClientError('AGENT_UNREACHABLE', 'no agent answers');
  assert.equal(await node.step(-1), 'lost');
  node.failing = undefined;
  assert.equal(await node.step(-1), '71 s ago');
  node.source.close();
  const before = node.told.length;
  node.live({ kind: 'connection', connection: { kind: 'live' } });
  assert.equal(await node.step(-1), '71 s ago');
  assert.equal(node.told.length, before, 'closed: it tells nothing any more');
});
