import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openBrowser } from '#test/support/browser.js';
import { TcpAgent } from '#test/support/tcp-agent.js';
import { ROOT } from './command.mjs';
import { say } from './say.mjs';

/**
 * Makes docs/pictures/page-*.png: the status page of an agent of its own with some workloads, as Debian's chromium shows it. Needs a build,
 * root and chromium. Takes about a minute; removes all it made.
 */
const WORK_MS = 40_000;
const PICTURES = join(ROOT, 'docs/pictures');
const DESKTOP = { viewport: { width: 1180, height: 600 } };
const PHONE = { viewport: { width: 390, height: 760 }, isMobile: true, deviceScaleFactor: 1.5 };

const SHOTS = [
  { name: 'page-light', options: { ...DESKTOP, colorScheme: 'light' } },
  { name: 'page-dark', options: { ...DESKTOP, colorScheme: 'dark' } },
  { name: 'page-container', options: { ...DESKTOP, colorScheme: 'light' }, container: 'etl-nightly' },
  { name: 'page-phone', options: { ...PHONE, colorScheme: 'light' } },
];

const SPIN = ['sh', '-c', 'while :; do :; done'];
const WORKLOADS = [
  ['--name', 'etl-nightly', '--cpus', '0.3', '--memory', '64m', 'host:', ...SPIN],
  ['--name', 'web', '--cpus', '1', '--memory', '128m', '--pids-limit', '50', 'host:', 'sh', '-c', 'while :; do sleep 0.05; done'],
  ['--name', 'cache', '--memory', '48m', 'host:', 'sh', '-c', 'head -c 44m /dev/zero | tail -c 44m | sleep 1000'],
  ['--name', 'report', '--cpu-shares', '128', 'host:', ...SPIN],
  ['--name', 'shelved', 'host:', 'sleep', '1000'],
];

const agent = new TcpAgent();
try {
  await agent.startAgent();
  for (const args of WORKLOADS) agent.ok('run', '-d', ...args);
  agent.ok('freeze', 'shelved');
  say(`letting them work for ${WORK_MS / 1000} s`);
  await sleep(WORK_MS);
  await shoot(agent.url);
} finally {
  await agent.stop();
}

async function shoot(url) {
  mkdirSync(PICTURES, { recursive: true });
  const browser = await openBrowser();
  try {
    for (const { name, options, container } of SHOTS) {
      const page = await browser.newPage(options);
      await page.goto(url);
      await page.getByText('live', { exact: true }).waitFor();
      // The machine's own name is nobody's business.
      await page.evaluate("document.querySelector('#host').hidden = true");
      if (container !== undefined) await page.getByRole('link', { name: container }).click();
      await sleep(5000);
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
      say(`docs/pictures/${name}.png`);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
