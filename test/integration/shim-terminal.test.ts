import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ALL_STREAMS, attached } from '#test/support/attached.js';
import { buildShim, collect, criLines, launched, logged, shimHost, terminalTape, until } from '#test/support/shim-host.js';

before(() => buildShim());

test('terminal: it has the size asked, follows resizes, and its output and input are one stream', async (t) => {
  const script = 'tty; stty size; trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.05; done';
  const run = launched(t, await shimHost(t), {
    tape: terminalTape(['sh', '-c', script]),
    tty: true,
    stdin: true,
    rows: 33,
    cols: 111,
    hold: true,
  });
  const streams = await attached(run, ALL_STREAMS);
  let text = '';
  streams.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  run.process.release();
  await until(() => text.includes('ready'), 'the program is up');
  streams.resize(50, 200);
  assert.equal((await run.record()).exitCode, 5);
  await streams.closed;
  assert.match(text, /^\/dev\/pts\/\d+\r\n33 111\r\nready\r\n50 200\r\n$/);
});

test('terminal: the end of input is ^D, and what is typed is echoed', async (t) => {
  const run = launched(t, await shimHost(t), {
    tape: terminalTape(['sh', '-c', 'cat; echo over']),
    tty: true,
    stdin: true,
    hold: true,
  });
  const streams = await attached(run, ALL_STREAMS);
  const output = collect(streams.stdout);
  run.process.release();
  await run.process.started;
  streams.stdin.end('typed\n');
  assert.equal((await output).toString(), 'typed\r\ntyped\r\nover\r\n');
});

test('terminal: much output right before the end is all there', async (t) => {
  const run = launched(t, await shimHost(t), { tape: terminalTape(['seq', '1', '20000']), tty: true });
  await run.record();
  assert.ok(logged(criLines(run.logPath), 'stdout').toString().endsWith('\r\n19999\r\n20000\r\n'));
});
