import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { foreignBytes } from '#test/support/terminal-bytes.js';
import { liveTop, rowOf } from '#test/support/top-live.js';

const NEEDS = requires({ root: true, binary: 'tmux' });

let agent: LiveAgent;
before(async () => {
  if (NEEDS.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

interface Usage {
  containers: { name: string; signals: Record<string, number> }[];
}

/** Waits until a tick has seen the container with a rate, and that is recorded; when it was. */
async function recorded(name: string): Promise<string> {
  await agent.until('a tick sees it', async () => {
    const { containers } = (await agent.api('GET', '/v1/stats')).body as Usage;
    return containers.some((each) => each.name === name && each.signals['cpu.usage'] !== undefined);
  });
  // The first to ask has what is gathered written; the next only after a while.
  return agent.until('it is recorded', async () => {
    const { at, containers } = (await agent.api('GET', '/v1/history?at=0s')).body as Usage & { at: string };
    return containers.some((each) => each.name === name) && at;
  });
}

test('--at shows the node as it was, says so, refuses acts, and > comes back to now', NEEDS, async (t) => {
  agent.ok('run', '-d', '--name', 'busy', '--cpus', '0.2', 'host:', 'sh', '-c', 'while :; do :; done');
  const at = await recorded('busy');
  agent.ok('rm', '-f', 'busy');
  agent.ok('run', '-d', '--name', 'later', 'host:', 'sleep', '100000');
  const tmux = await liveTop(t, agent, { args: ['--at', at], sign: /NOT NOW: \d\d-\d\d \d\d:\d\d:\d\d, [\dms]+ ago/ });
  const screen = await tmux.until('what was there', (text) => rowOf(text, 'busy') !== undefined);
  assert.equal(rowOf(screen, 'later'), undefined, 'it was not there yet');
  assert.match(rowOf(screen, 'busy') ?? '', /running +\d/);
  tmux.press('z');
  await tmux.until('the refusal', /this is recorded time/);
  tmux.press('Enter');
  await tmux.until('the container as it was', /busy running[\s\S]*CPU 0\.\d+ of 0\.2 cores/);
  tmux.press('3');
  await tmux.until('what is not recorded', /This is not recorded/);
  tmux.press('Escape');
  await tmux.until('the overview', /▶ busy/);
  for (let press = 0; press < 20 && /NOT NOW/.test(tmux.screen()); press += 1) {
    tmux.press('>');
    await tmux.until('the next moment', (text) => text !== screen || /live/.test(text));
  }
  const now = await tmux.until('now', (text) => /live \d\d:\d\d/.test(text) && rowOf(text, 'later') !== undefined);
  assert.equal(rowOf(now, 'busy'), undefined);
  assert.equal(foreignBytes(tmux.raw()), '');
});

test('< steps back from now to what was recorded first, also where that is less than a step', NEEDS, async (t) => {
  const tmux = await liveTop(t, agent);
  tmux.press('<');
  await tmux.until('recorded time', /NOT NOW/);
  for (let press = 0; press < 30 && !/first recorded/.test(tmux.screen()); press += 1) {
    tmux.press('<');
    await tmux.until('an earlier moment', /NOT NOW/);
  }
  await tmux.until('the beginning', /the first recorded/);
  tmux.press('>');
  await tmux.until('what comes after it', (text) => !/the first recorded/.test(text));
});
