import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as settle } from 'node:timers/promises';
import type { TsgovClient } from '#agent/client.js';
import type { Details } from '#src/top/container/details.js';
import type { ContainerInterest } from '#src/top/container/interest.js';
import { type DetailSource, detailSource } from '#src/top/live/detail-source.js';

/** An agent that answers when the test says so; what was asked of it, and what was told of that. */
class Agent {
  readonly asked: string[] = [];
  readonly told: { id: string; details: Partial<Details> }[] = [];
  readonly source: DetailSource;
  #waiting = new Map<string, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();

  constructor() {
    const call = (name: string) => (ref: string | { container: string }) => {
      const id = typeof ref === 'string' ? ref : ref.container;
      this.asked.push(`${name} ${id}`);
      return new Promise((resolve, reject) => this.#waiting.set(`${name} ${id}`, { resolve, reject }));
    };
    const names = ['stats', 'history', 'inspect', 'why', 'processes', 'latency', 'journal', 'drift', 'nodeNamespaces'];
    const client = Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as TsgovClient;
    this.source = detailSource({ client, nowMs: () => 1000 }, (input) => {
      if (input.kind === 'details') this.told.push(input);
    });
  }

  async answer(call: string, answer: unknown): Promise<void> {
    this.#waiting.get(call)?.resolve(answer);
    await settle();
  }

  async fail(call: string, message: string): Promise<void> {
    this.#waiting.get(call)?.reject(new Error(message));
    await settle();
  }

  takeAsked(): string[] {
    return this.asked.splice(0).sort();
  }
}

const look = (id: string, pane: ContainerInterest['pane'] = 'summary'): ContainerInterest => ({ id, pane, windowMs: 60_000 });

test('Only what the pane shows is asked for, nothing twice at once', async (t) => {
  const agent = new Agent();
  t.after(() => agent.source.close());
  agent.source.want(look('a'));
  assert.deepEqual(agent.takeAsked(), ['history a', 'inspect a', 'stats a', 'why a']);
  agent.source.want(look('a', 'processes'));
  assert.deepEqual(agent.takeAsked(), ['processes a']);
  agent.source.want(undefined);
  agent.source.want(look('a', 'processes'));
  assert.deepEqual(agent.takeAsked(), [], 'they are on their way');
});

test('An answer is told with its container; one for a container that is not looked at any more is not', async (t) => {
  const agent = new Agent();
  t.after(() => agent.source.close());
  agent.source.want(look('a'));
  await agent.answer('inspect a', { name: 'first' });
  agent.source.want(look('b'));
  await agent.answer('why a', { factors: [] });
  await agent.answer('inspect b', { name: 'second' });
  assert.deepEqual(agent.told, [
    { kind: 'details', id: 'a', details: { view: { name: 'first' } } },
    { kind: 'details', id: 'b', details: { view: { name: 'second' } } },
  ]);
});

test('What cannot be had is told with its reason, and no more once it can', async (t) => {
  const agent = new Agent();
  t.after(() => agent.source.close());
  agent.source.want(look('a', 'processes'));
  await agent.fail('processes a', 'it does not run');
  assert.deepEqual(agent.told.at(-1)?.details, { failures: { processes: 'it does not run' } });
  // A pane that is opened anew asks when the part is due; another time asks at once.
  agent.source.want(look('a', 'journal'), 5000);
  agent.source.want(look('a', 'processes'));
  await agent.answer('processes a', []);
  assert.deepEqual(agent.told.at(-1)?.details, { processes: [] }, 'its failure was of another time');
});

test('Of a recorded moment only what is recorded is asked for, once', async (t) => {
  const agent = new Agent();
  t.after(() => agent.source.close());
  agent.source.want(look('a'), 5000);
  assert.deepEqual(agent.takeAsked(), ['history a']);
  await agent.answer('history a', { times: ['1970-01-01T00:00:05.000Z'], stepMs: 1000, fields: { 'cpu.usage': [1] } });
  assert.deepEqual(agent.told.at(-1)?.details, { history: { timesMs: [5000], stepMs: 1000, fields: { 'cpu.usage': [1] } } });
  agent.source.want(look('a', 'why'), 5000);
  assert.deepEqual(agent.takeAsked(), [], 'why is of now');
  agent.source.want(look('a', 'journal'), 5000);
  assert.deepEqual(agent.takeAsked(), ['journal a']);
  agent.source.want(look('a'), 15_000);
  assert.deepEqual(agent.takeAsked(), ['history a']);
});
