import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';
import type { Tmux } from '#test/support/tmux.js';
import { goTo, liveTop, rowOf } from '#test/support/top-live.js';

const NEEDS = requires({ root: true, binary: 'tmux' });
/** Says how the terminal is left, and then waits to be looked at. */
const THEN_LOOK = 'TOP; echo "ended with $?"; stty -a | tr ";" "\\n" | grep -cw -- "-icanon\\|-echo"; read wait';

let agent: LiveAgent;
before(async () => {
  if (NEEDS.skip !== undefined) return;
  agent = await LiveAgent.start();
  agent.ok('run', '-d', '--name', 'steady', 'host:', 'sleep', '100000');
});
after(() => agent?.stop());

/** The pid of the screen's own process, a child of the shell in the terminal. */
function topPid(tmux: Tmux): number {
  return Number(readFileSync(`/proc/${tmux.pid}/task/${tmux.pid}/children`, 'latin1').trim().split(' ')[0]);
}

async function leftAsFound(tmux: Tmux, exitCode: number, after: RegExp): Promise<void> {
  const screen = await tmux.until('the shell again', /ended with \d+\n\d/);
  assert.match(screen, new RegExp(`ended with ${exitCode}\n0$`, 'm'), 'the usual modes');
  assert.match(screen, after);
  assert.doesNotMatch(screen, /CPU%/, 'the screen from before is shown');
  const raw = await tmux.rawUntil('the end', (text) => text.includes('ended with'));
  assert.ok(!raw.slice(raw.lastIndexOf('\x1b[?1049l')).includes('\x1b[?2026h'), 'no frame is written after');
  const end = raw.slice(raw.lastIndexOf('\x1b[?1049l') - 80);
  for (const mode of ['?1000l', '?1006l', '?2004l', '?7h', '?25h', '?1049l', '0m']) assert.ok(end.includes(`\x1b[${mode}`), mode);
}

test('SIGTERM, SIGHUP and SIGINT leave the terminal as it was, with the signal in the exit code', NEEDS, async (t) => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const) {
    const tmux = await liveTop(t, agent, { shell: `trap "" INT HUP; ${THEN_LOOK}` });
    process.kill(topPid(tmux), signal);
    await leftAsFound(tmux, code, /ended with/);
  }
});

test('a crash leaves the terminal as it was, and its message on it', NEEDS, async (t) => {
  const bomb = join(tempDir(t), 'bomb.cjs');
  writeFileSync(bomb, "process.on('SIGUSR2', () => { throw new Error('a fault of its own'); });\n");
  const tmux = await liveTop(t, agent, { shell: THEN_LOOK, env: { NODE_OPTIONS: `--require ${bomb}` } });
  process.kill(topPid(tmux), 'SIGUSR2');
  await leftAsFound(tmux, 125, /internal error, please report it: Error: a fault of its own/);
});

test('Ctrl-Z gives the terminal to the shell, fg takes it again', NEEDS, async (t) => {
  const tmux = await liveTop(t, agent, { shell: 'set -m; TOP & fg %1; echo stopped; read wait; fg %1; echo over' });
  tmux.press('C-z');
  await tmux.until('the shell', /stopped/);
  tmux.press('Enter');
  await tmux.until('the screen again', /live .*steady/s);
  tmux.press('q');
  await tmux.until('its end', /over/);
});

test('an agent that is killed is missed and said to be, and is found again', NEEDS, async (t) => {
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'steady');
  await agent.killAgent();
  await tmux.until('it is gone', /AGENT GONE for \d+ s: no agent answers/);
  assert.ok(rowOf(tmux.screen(), 'steady') !== undefined, 'what was known is still shown');
  tmux.press('z');
  await tmux.until('an act says why not', /freeze steady: refused: no agent answers/);
  await agent.startAgent();
  await tmux.until('it is back', /live \d\d:\d\d:\d\d/);
  tmux.press('z');
  await tmux.until('acts work, and events come', /freeze steady: done, confirmed by its event/);
  tmux.press('z');
  await tmux.until('thawed', /thaw steady: done, confirmed by its event/);
});

test('columns, order and theme are remembered', NEEDS, async (t) => {
  const config = tempDir(t);
  const first = await liveTop(t, agent, { env: { XDG_CONFIG_HOME: config } });
  first.press('c');
  await first.until('the columns', /\[x\] name/);
  // The second of the list is not wanted.
  first.press('Down', 'Space', 'Enter');
  const head = await first.until('kept', (screen) => !/\[x\]/.test(screen) && /NAME/.test(screen));
  first.press('o', 'T', 'q');
  assert.equal(await first.ended(), 0);
  const again = await liveTop(t, agent, { env: { XDG_CONFIG_HOME: config } });
  const titles = (screen: string) =>
    (screen.split('\n').find((line) => /NAME/.test(line)) ?? '').replace(/[▼▲]/g, '').split(/\s+/).slice(0, 4);
  assert.deepEqual(titles(again.screen()), titles(head));
  again.press('T');
  await again.until('the theme after the one remembered', /theme: mono/);
});

test('--once, --iterations and json print', NEEDS, () => {
  const once = agent.ok('top', '--once');
  assert.match(once, /NAME.*CPU%/);
  assert.match(once, /^ {2}steady .*running/m);
  const lines = agent.ok('top', '--format', 'json', '--iterations', '2', '--delay', '200ms').split('\n');
  assert.equal(lines.length, 2);
  const [first, second] = lines.map(
    (line) => JSON.parse(line) as { time: string; node: { hostname: string }; containers: { name: string }[] },
  );
  assert.ok(first!.time < second!.time);
  assert.ok(second!.containers.some(({ name }) => name === 'steady'));
  const refused = agent.tsgov('top');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /top needs a terminal: take --once or --batch/);
});
