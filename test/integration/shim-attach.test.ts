import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeWords } from '#runtime/container/frames.js';
import { ATTACH } from '#runtime/container/shim-client.js';
import { ALL_STREAMS, attached, BOTH_OUTPUTS } from '#test/support/attached.js';
import { dropped, rawClient } from '#test/support/raw-client.js';
import {
  buildShim,
  collect,
  criLines,
  type Launched,
  launched,
  logged,
  sh,
  shimHost,
  terminalTape,
  until,
} from '#test/support/shim-host.js';
import type { Teardown } from '#test/support/temp.js';

before(() => buildShim());

/** A client of both outputs that never reads; resolves once the shim has taken it as one. */
async function deafClient(t: Teardown, run: Launched): Promise<Socket> {
  const socket = await rawClient(t, run);
  socket.pause();
  socket.write(encodeWords(1, BOTH_OUTPUTS));
  // The shim hears its clients one after the other: this one's answer comes after what was asked before.
  (await run.process.attach(ATTACH.stdin)).close();
  return socket;
}

test('attach: stdout and stderr arrive apart and whole, before the end is told', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 50000; seq 7 9000 >&2; exit 4'), hold: true });
  const streams = await attached(run, BOTH_OUTPUTS);
  const outputs = Promise.all([collect(streams.stdout), collect(streams.stderr)]);
  run.process.release();
  const [stdout, stderr] = await outputs;
  await streams.closed;
  const lines = criLines(run.logPath);
  assert.ok(stdout.equals(logged(lines, 'stdout')) && stdout.length > 250_000);
  assert.ok(stderr.equals(logged(lines, 'stderr')) && stderr.length > 40_000);
  assert.equal((await run.record()).exitCode, 4);
});

test('attach: 20 clients all get everything', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 30000'), hold: true });
  await run.process.created;
  const clients = await Promise.all(Array.from({ length: 20 }, () => run.process.attach(ATTACH.stdout)));
  const outputs = Promise.all(clients.map((client) => collect(client.stdout)));
  run.process.release();
  await run.record();
  const expected = logged(criLines(run.logPath), 'stdout');
  for (const output of await outputs) assert.ok(output.equals(expected));
});

test('attach: more than 64 clients are turned away, and nobody else is disturbed', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('read line; echo "got $line"'), stdin: true, hold: true });
  const streams = await attached(run, ALL_STREAMS);
  const sockets = await Promise.all(Array.from({ length: 70 }, () => rawClient(t, run)));
  const ended = new Set<Socket>();
  for (const socket of sockets) void dropped(socket).then(() => ended.add(socket));
  await until(() => ended.size === 7, '7 of 70 are turned away');
  run.process.release();
  streams.stdin.end('hello\n');
  assert.equal((await collect(streams.stdout)).toString(), 'got hello\n');
});

test('stdin: megabytes pass unchanged, and its end is the end of file', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('cat'), stdin: true });
  const streams = await attached(run, ALL_STREAMS);
  const input = Buffer.alloc(5 << 20, '0123456789abcdef\n');
  const output = collect(streams.stdout);
  streams.stdin.end(input);
  assert.ok((await output).equals(input));
  assert.equal((await run.record()).exitCode, 0);
});

test('stdin: a slow reader holds up the writer, and the shim keeps nothing of it', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('sleep 0.5; wc -c'), stdin: true });
  const streams = await attached(run, ALL_STREAMS);
  const output = collect(streams.stdout);
  streams.stdin.end(Buffer.alloc(8 << 20));
  assert.equal((await output).toString().trim(), String(8 << 20));
});

test('stdin: several writers, and it stays open when one goes away', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('read a; read b; echo $a $b'), stdin: true, hold: true });
  const first = await attached(run, ALL_STREAMS);
  run.process.release();
  await new Promise<void>((resolve) => first.stdin.write('one\n', () => resolve()));
  first.close();
  const second = await attached(run, ALL_STREAMS);
  second.stdin.write('two\n');
  assert.equal((await collect(second.stdout)).toString(), 'one two\n');
});

test('stdin: a container that does not read its input ends all the same, and what is left is dropped', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('exec 0<&-; sleep 0.2; exit 3'), stdin: true });
  const streams = await attached(run, ALL_STREAMS);
  streams.stdin.write(Buffer.alloc(4 << 20));
  assert.equal((await run.record()).exitCode, 3);
});

test('stdin: without -i it is /dev/null, and input is dropped', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('wc -c'), hold: true });
  const streams = await attached(run, ALL_STREAMS);
  const output = collect(streams.stdout);
  streams.stdin.write('x');
  run.process.release();
  assert.equal((await output).toString().trim(), '0');
});

test('back-pressure: while a client does not read, the container waits; when it leaves, the container goes on', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 400000'), hold: true });
  await run.process.created;
  const socket = await deafClient(t, run);
  run.process.release();
  await run.process.started;
  let before = -1;
  let looks = 0;
  await until(() => {
    const now = statSync(run.logPath).size;
    looks = now === before && now > 0 ? looks + 1 : 0;
    before = now;
    return looks > 40;
  }, 'the log stands still');
  assert.ok(criLines(run.logPath).length < 300_000, 'the container is held up');
  assert.equal(run.process.over, false);
  socket.destroy();
  await run.record();
  assert.ok(logged(criLines(run.logPath), 'stdout').toString().endsWith('\n400000\n'));
});

test('back-pressure: a client that reads late misses nothing', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 400000'), hold: true });
  const streams = await attached(run, ATTACH.stdout);
  run.process.release();
  await sleep(200);
  const output = await collect(streams.stdout);
  assert.ok(output.equals(logged(criLines(run.logPath), 'stdout')));
});

test('back-pressure: a client that never reads does not keep a killed container from ending', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('yes'), hold: true });
  await run.process.created;
  await deafClient(t, run);
  run.process.release();
  await run.process.started;
  run.process.signal(9);
  assert.equal((await run.record()).exitCode, 137);
});

test('a shim does not spin on ends that stay ready: a closed terminal, a client gone with its input stuck, closed outputs', async (t) => {
  const host = await shimHost(t);
  const closing = 'exec 0<&- 1>&- 2>&-; trap "" HUP; while :; do sleep 1000; done';
  const terminal = launched(t, host, { tape: terminalTape(['sh', '-c', closing]), tty: true, stdin: true });
  const closed = launched(t, host, { tape: sh(closing) });
  const deaf = launched(t, host, { tape: sh('exec sleep 1000'), stdin: true });
  const deafTerminal = launched(t, host, { tape: terminalTape(['sleep', '1000']), tty: true, stdin: true });
  const runs = [terminal, closed, deaf, deafTerminal];
  await Promise.all(runs.map((run) => run.process.started));
  for (const run of [deaf, deafTerminal]) {
    const streams = await run.process.attach(ATTACH.stdin);
    streams.stdin.write(Buffer.alloc(1 << 20, 'x\n'));
    await sleep(50);
    streams.close();
  }
  const ticks = (): number[] =>
    runs.map((run) => {
      const fields = readFileSync(`/proc/${run.process.shimPid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      return Number(fields[11]) + Number(fields[12]);
    });
  const before_ = ticks();
  await sleep(1000);
  for (const [i, now] of ticks().entries())
    assert.ok(now - before_[i]! <= 10, `shim ${i} used ${now - before_[i]!} ticks of 100`);
  // The terminal still ends properly, and is still there to be resized.
  terminal.process.resize(10, 20);
  for (const run of runs) run.process.signal(9);
  for (const run of runs) assert.equal((await run.record()).signal, 9);
});
