import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame, encodeWords } from '#runtime/container/frames.js';
import { ATTACH } from '#runtime/container/shim-client.js';
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

before(() => buildShim());

const BOTH = ATTACH.stdout | ATTACH.stderr;
const ALL = BOTH | ATTACH.stdin;

/** Held, attached to, and only then let go: nothing can be missed. */
async function attached(run: Launched, mask: number) {
  await run.process.created;
  return run.process.attach(mask);
}

function raw(t: { after(work: () => void): void }, run: Launched): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(run.stateDir, 'shim.sock'));
    t.after(() => void socket.destroy());
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** A client of both outputs that never reads; resolves once the shim has taken it as one. */
async function deafClient(t: { after(work: () => void): void }, run: Launched): Promise<Socket> {
  const socket = await raw(t, run);
  socket.pause();
  socket.write(encodeWords(1, BOTH));
  // The shim hears its clients one after the other: this one's answer comes after what was asked before.
  (await run.process.attach(ATTACH.stdin)).close();
  return socket;
}

/** Resolves when the shim has closed the connection. */
function dropped(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
    socket.resume();
  });
}

test('attach: stdout and stderr arrive apart and whole, before the end is told', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('seq 1 50000; seq 7 9000 >&2; exit 4'), hold: true });
  const streams = await attached(run, BOTH);
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
  const streams = await attached(run, ALL);
  const sockets = await Promise.all(Array.from({ length: 70 }, () => raw(t, run)));
  const ended = new Set<Socket>();
  for (const socket of sockets) void dropped(socket).then(() => ended.add(socket));
  await until(() => ended.size === 7, '7 of 70 are turned away');
  run.process.release();
  streams.stdin.end('hello\n');
  assert.equal((await collect(streams.stdout)).toString(), 'got hello\n');
});

test('stdin: megabytes pass unchanged, and its end is the end of file', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('cat'), stdin: true });
  const streams = await attached(run, ALL);
  const input = Buffer.alloc(5 << 20, '0123456789abcdef\n');
  const output = collect(streams.stdout);
  streams.stdin.end(input);
  assert.ok((await output).equals(input));
  assert.equal((await run.record()).exitCode, 0);
});

test('stdin: a slow reader holds up the writer, and the shim keeps nothing of it', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('sleep 0.5; wc -c'), stdin: true });
  const streams = await attached(run, ALL);
  const output = collect(streams.stdout);
  streams.stdin.end(Buffer.alloc(8 << 20));
  assert.equal((await output).toString().trim(), String(8 << 20));
});

test('stdin: several writers, and it stays open when one goes away', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('read a; read b; echo $a $b'), stdin: true, hold: true });
  const first = await attached(run, ALL);
  run.process.release();
  await new Promise<void>((resolve) => first.stdin.write('one\n', () => resolve()));
  first.close();
  const second = await attached(run, ALL);
  second.stdin.write('two\n');
  assert.equal((await collect(second.stdout)).toString(), 'one two\n');
});

test('stdin: a container that does not read its input ends all the same, and what is left is dropped', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('exec 0<&-; sleep 0.2; exit 3'), stdin: true });
  const streams = await attached(run, ALL);
  streams.stdin.write(Buffer.alloc(4 << 20));
  assert.equal((await run.record()).exitCode, 3);
});

test('stdin: without -i it is /dev/null, and input is dropped', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('wc -c'), hold: true });
  const streams = await attached(run, ALL);
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

const GARBAGE = {
  'an unknown type': encodeFrame(99),
  'a length beyond every frame': Buffer.from('ffffffff02000000', 'hex'),
  'an attach of the wrong length': encodeFrame(1, Buffer.alloc(3)),
  'an attach mask with unknown bits': encodeWords(1, 8),
  'stdin without attaching it': encodeFrame(2, Buffer.from('x')),
  'signal 0': encodeWords(5, 0),
  'signal 65': encodeWords(5, 65),
  'a window of a million rows': encodeWords(3, 1_000_000, 1),
  'random bytes': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
};

for (const [what, bytes] of Object.entries(GARBAGE)) {
  test(`garbage: ${what} closes that client only`, async (t) => {
    const run = launched(t, await shimHost(t), { tape: sh('read line; echo "$line"'), stdin: true });
    const streams = await attached(run, ALL);
    const socket = await raw(t, run);
    const gone = dropped(socket);
    socket.write(bytes);
    await gone;
    streams.stdin.end('still here\n');
    assert.equal((await collect(streams.stdout)).toString(), 'still here\n');
  });
}

test('a frame that comes byte by byte is a frame', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('exec sleep 1000') });
  await run.process.started;
  const socket = await raw(t, run);
  for (const byte of encodeWords(5, 9)) {
    socket.write(Buffer.from([byte]));
    await sleep(1);
  }
  assert.equal((await run.record()).signal, 9);
});

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
  const streams = await attached(run, ALL);
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
  const streams = await attached(run, ALL);
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

test('random garbage from many clients disturbs nobody', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('read line; echo "$line"'), stdin: true });
  const streams = await attached(run, ALL);
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  // Never type 5 (a signal would end the container) and never stdin of one that attached it.
  const types = [1, 3, 4, 6, 16, 21, 0, 0xffffffff];
  for (let round = 0; round < 30; round += 1) {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => raw(t, run)));
    for (const socket of sockets) {
      const gone = dropped(socket);
      for (let n = random(5); n >= 0; n -= 1) {
        const payload = Buffer.from(Array.from({ length: [0, 4, 8, random(40)][random(4)]! }, () => random(4) * random(90)));
        socket.write(encodeFrame(types[random(types.length)]!, payload));
      }
      socket.end(Buffer.from(Array.from({ length: random(9) }, () => random(2))));
      await gone;
    }
  }
  streams.stdin.end('still here\n');
  assert.equal((await collect(streams.stdout)).toString(), 'still here\n');
});
