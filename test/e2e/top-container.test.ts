import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { foreignBytes } from '#test/support/terminal-bytes.js';
import { goTo, liveTop } from '#test/support/top-live.js';

const NEEDS = requires({ root: true, binary: 'tmux' });

let agent: LiveAgent;
before(async () => {
  if (NEEDS.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

test('Each pane of one container shows what the agent and the kernel know of it', NEEDS, async (t) => {
  const script = 'echo "first line \u001b[31mred"; (exec sleep 86399) & while :; do :; done';
  agent.ok('run', '-d', '--name', 'seen', '--cpus', '0.2', '-m', '64m', 'host:', 'sh', '-c', script);
  agent.ok('limit', 'seen', '--pids-limit', '77');
  const { state } = agent.inspect('seen');
  const tmux = await liveTop(t, agent);
  await goTo(tmux, 'seen');
  tmux.press('Enter');
  await tmux.until('who it is', new RegExp(`seen running pid ${state.pid} `));
  await tmux.until('its quota, what it uses, and why', (screen) =>
    [
      /CPU 0\.\d\d of 0\.2 cores +throttled \d+%/,
      /MEMORY \S+ of 64M/,
      /cpu\.max +\S* +\d+% 0\.\d+\/0\.2 run/,
      /pids\.max .*77 override/,
      /\d+% cpu-/,
    ].every((sign) => sign.test(screen)),
  );
  tmux.press('2');
  await tmux.until('limits as the kernel has them', /memory\.max .*\/64M run[\s\S]*nothing \(watched by/);
  assert.equal(kernelFile(agent.inspect('seen'), 'pids.max'), '77');
  tmux.press('3');
  await tmux.until('its processes as a tree', new RegExp(`${state.pid} +1 root +R [\\s\\S]*└ sleep 86399`));
  tmux.press('4');
  await tmux.until('histograms, or why there are none', /WAIT FOR A CPU .*p99|is off: /);
  tmux.press('5');
  await tmux.until('what to do about it', /cpu\.max set by run[\s\S]*To do: /);
  tmux.press('6');
  await tmux.until('who limited it', /user +limit pids\.max none -> 77/);
  tmux.press('7');
  await tmux.until('what it wrote, its sequences made visible', /\d\d:\d\d:\d\d first line \\x1b\[31mred/);
  tmux.press('8');
  await tmux.until('its namespaces', (screen) => /^pid +\d+ +2 +its own/m.test(screen) && /^user .* the node/m.test(screen));
  // It goes while it is looked at.
  agent.ok('rm', '-f', 'seen');
  await tmux.until('that it is gone', /^seen gone/m);
  tmux.press('Escape');
  await tmux.until('the overview', (screen) => /NAME/.test(screen) && !/▶ seen/.test(screen));
  assert.equal(foreignBytes(tmux.raw()), '');
});
