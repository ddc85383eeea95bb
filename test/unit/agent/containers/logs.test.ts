import assert from 'node:assert/strict';
import { appendFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { logTime, parseLogRecord } from '#agent/containers/log-line.js';
import { type LogSource, readLogs } from '#agent/containers/logs.js';
import type { LogOptions } from '#agent/contract/backend.js';
import { eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const time = (second: number): string => `2026-01-02T03:04:${String(second).padStart(2, '0')}.000000005Z`;
const line = (second: number, tag: 'F' | 'P', text: string, stream = 'stdout'): string =>
  `${time(second)} ${stream} ${tag} ${text}\n`;

/** A log and who reads it, as a container that ends when told to. */
class FakeContainer {
  readonly path: string;
  #live: boolean;
  readonly #listeners = new Set<() => void>();

  constructor(t: Teardown, live: boolean, ...files: string[]) {
    this.path = join(tempDir(t), 'log');
    this.#live = live;
    for (const [index, text] of files.entries()) writeFileSync(index === 0 ? this.path : `${this.path}.${index}`, text);
  }

  get source(): LogSource {
    return {
      path: this.path,
      live: () => this.#live,
      onChange: (callback) => {
        this.#listeners.add(callback);
        return () => this.#listeners.delete(callback);
      },
    };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  end(): void {
    this.#live = false;
    for (const listener of this.#listeners) listener();
  }
}

async function read(
  container: FakeContainer,
  over: Partial<LogOptions> = {},
  signal = new AbortController().signal,
  lines: string[] = [],
): Promise<string[]> {
  const options = { follow: false, tail: undefined, since: undefined, until: undefined, ...over };
  for await (const { stream, data } of readLogs(container.source, options, signal))
    lines.push(`${stream === 'stderr' ? '!' : ''}${data}`);
  return lines;
}

test('a record: time, stream, tag, text; anything else is none', () => {
  const record = parseLogRecord(Buffer.from(line(1, 'P', 'a b ').slice(0, -1)));
  assert.deepEqual(record, { time: time(1), stream: 'stdout', partial: true, text: Buffer.from('a b ') });
  assert.equal(parseLogRecord(Buffer.from(line(1, 'F', '', 'stderr').slice(0, -1)))?.text.length, 0);
  for (const text of ['', 'x', `${time(1)} stdout`, `${time(1)} stdin F x`, `${time(1)} stdout X x`, `${time(1)} stdout Fx`])
    assert.equal(parseLogRecord(Buffer.from(text)), undefined, JSON.stringify(text));
});

test('times are compared in UTC with nanoseconds', () => {
  assert.equal(logTime('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05.000000000Z');
  assert.equal(logTime('2026-01-02T05:04:05.1234+02:00'), '2026-01-02T03:04:05.123400000Z');
  for (const text of ['', 'now', '2026-01-02', '2026-13-02T03:04:05Z', '2026-01-02T03:04:05'])
    assert.equal(logTime(text), undefined);
});

test('no log at all, and an empty one', async (t) => {
  assert.deepEqual(await read(new FakeContainer(t, false)), []);
  assert.deepEqual(await read(new FakeContainer(t, false, '')), []);
});

test('rotated files come first, parts are joined, each stream for itself, bytes as they were', async (t) => {
  const container = new FakeContainer(
    t,
    false,
    line(4, 'P', 'c') + line(5, 'F', 'err', 'stderr') + line(6, 'F', 'd\u0000\u00e9'),
    line(3, 'P', 'b'),
    line(1, 'F', 'one') + line(2, 'P', 'a'),
  );
  assert.deepEqual(await read(container), ['one\n', '!err\n', 'abcd\u0000é\n']);
});

test('what no newline followed comes at the end, and a line cut off by a full disk is passed over', async (t) => {
  const container = new FakeContainer(
    t,
    false,
    `${line(1, 'F', 'x')}garbage\n${line(2, 'P', 'no newline')}2026-01-02T03:04:05.0 std`,
  );
  assert.deepEqual(await read(container), ['x\n', 'no newline']);
});

test('since and until, both included', async (t) => {
  const container = new FakeContainer(t, false, [1, 2, 3, 4].map((second) => line(second, 'F', String(second))).join(''));
  assert.deepEqual(await read(container, { since: time(2), until: time(3) }), ['2\n', '3\n']);
  await assert.rejects(read(container, { since: 'yesterday' }), { code: 'BODY_INVALID', field: 'since' });
});

const many = Array.from({ length: 5000 }, (_, index) => `${index} ${'x'.repeat(index % 90)}`);
for (const tail of [0, 1, 2, 700, 2500, 4999, 5000, 9000]) {
  test(`the last ${tail} of 5000 lines over three files, however the blocks fall`, async (t) => {
    const part = (from: number, to: number): string =>
      many
        .slice(from, to)
        .map((text) => line(1, 'F', text))
        .join('');
    const container = new FakeContainer(t, false, part(3000, 5000), part(1000, 3000), part(0, 1000));
    assert.deepEqual(
      await read(container, { tail }),
      many.slice(5000 - Math.min(tail, 5000)).map((text) => `${text}\n`),
    );
  });
}

test('the tail counts whole lines, parts and an unfinished last one too', async (t) => {
  const container = new FakeContainer(
    t,
    false,
    line(1, 'F', 'a') + line(2, 'P', 'b1') + line(3, 'F', 'b2') + line(4, 'P', 'c1') + line(5, 'P', 'c2'),
  );
  assert.deepEqual(await read(container, { tail: 1 }), ['c1c2']);
  assert.deepEqual(await read(container, { tail: 2 }), ['b1b2\n', 'c1c2']);
});

test('followed: what comes, over rotations, until the container ends; no fd, watch or listener stays', async (t) => {
  // The first watch of a process opens its one inotify instance, which stays.
  watch(tempDir(t)).close();
  const fds = openFds().length;
  const container = new FakeContainer(t, true, line(0, 'F', '0'));
  const lines: string[] = [];
  const got = read(container, { follow: true }, undefined, lines);
  for (let round = 1; round < 40; round += 1) {
    // A file may be cut off in the middle of a line that is being written.
    const text = line(round, 'F', String(round));
    appendFileSync(container.path, text.slice(0, 20));
    if (round % 3 === 0) await sleep(2);
    appendFileSync(container.path, text.slice(20));
    if (round % 7 === 0) {
      renameSync(container.path, `${container.path}.1`);
      writeFileSync(container.path, '');
      // Who is two rotations behind misses what is in between.
      await eventually(() => lines.length > round);
    }
  }
  container.end();
  assert.deepEqual(
    await got,
    Array.from({ length: 40 }, (_, round) => `${round}\n`),
  );
  assert.equal(container.listeners, 0);
  assert.equal(openFds().length, fds);
});

test('followed before there is a log', async (t) => {
  const container = new FakeContainer(t, true);
  const got = read(container, { follow: true });
  await sleep(20);
  writeFileSync(container.path, line(1, 'F', 'first'));
  await sleep(20);
  container.end();
  assert.deepEqual(await got, ['first\n']);
});

test('followed: given up by the client', async (t) => {
  const fds = openFds().length;
  const container = new FakeContainer(t, true, line(1, 'F', 'x'));
  const abort = new AbortController();
  const got = read(container, { follow: true, tail: 0 }, abort.signal);
  await sleep(20);
  abort.abort();
  assert.deepEqual(await got, []);
  assert.equal(openFds().length, fds);
});
