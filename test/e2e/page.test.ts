import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { ContainerUsage } from '#agent/contract/usage.js';
import { faintTexts, openBrowser, openPage } from '#test/support/browser.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';
import { TcpAgent } from '#test/support/tcp-agent.js';
import { tempDir } from '#test/support/temp.js';
import { startTestApi, type TestApi } from '#test/support/test-api.js';
import { containerUsage, showUsage } from '#test/support/usage-view.js';

const TLS = join(import.meta.dirname, '../../../test/fixtures/tls');
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const CALM = containerUsage('calm');
const WAITS = containerUsage('waits', { signals: { 'memory.some.avg10': 63 }, policies: ['batch'] });
const FULL = containerUsage('full', { signals: { 'memory.current': 64 << 20 }, runtime: 'docker', image: 'redis:7' });

/** The status page over containers that the test names. */
async function status(t: TestContext, containers: ContainerUsage[], options: BrowserContextOptions = {}) {
  const at = await startTestApi(t, { listen: '127.0.0.1:0' });
  showUsage(at.eyes, () => containers);
  return { at, ...(await openPage(t, browser, `${at.url}/`, options)) };
}

const textOf = async (locator: Locator) => ((await locator.textContent()) ?? '').replaceAll('\u00a0', ' ');
/** Waits; playwright's own way evaluates in the page, which its content policy forbids. */
const holds = (page: Page, expression: string) => eventually(() => page.evaluate<boolean>(expression));
const names = (page: Page) => page.locator('tbody th a').allTextContents();

test('the overview shows the node and its containers, what waits most first, and follows the agent', async (t) => {
  const containers = [CALM, FULL, WAITS];
  const { at, page, complaints, requests } = await status(t, containers);
  await page.getByText('live', { exact: true }).waitFor();
  assert.deepEqual(await names(page), ['waits', 'full', 'calm']);
  const node = await textOf(page.locator('#node'));
  for (const text of ['1.20 of 2 cores', '2.00 of 8.00 GiB', 'swap 512 MiB of 1.00 GiB', '12 %', '55 %', 'load 1.25'])
    assert.ok(node.includes(text), `${text} in ${node}`);
  assert.match(await textOf(page.locator('tr', { hasText: 'full' })), /docker · redis:7/);
  containers[0] = containerUsage('calm', { signals: { 'io.some.avg10': 99 } });
  at.ticks.tell();
  await page.getByText('io 99').waitFor();
  assert.deepEqual(await names(page), ['calm', 'waits', 'full']);
  containers.splice(0, 1);
  at.ticks.tell();
  await page.getByText('2 shown').waitFor();
  await page.getByRole('button', { name: 'Container' }).click();
  assert.deepEqual(await names(page), ['full', 'waits']);
  await page.getByLabel('Filter').fill('REDIS');
  assert.deepEqual(await names(page), ['full']);
  await page.getByLabel('Filter').fill('');
  containers.push(...Array.from({ length: 1000 }, (_, index) => containerUsage(`c-${index}`)));
  at.ticks.tell();
  await page.getByText('the first 200 of 1002 shown').waitFor();
  await page.getByLabel('Filter').fill('c-999');
  assert.deepEqual(await names(page), ['c-999']);
  await page.getByLabel('services and other cgroups').check();
  await eventually(() => requests.some((request) => request.includes('runtime=all')));
  assert.deepEqual(complaints, []);
  for (const request of requests) assert.ok(request.startsWith(`GET ${at.url}/`), `${request}: reads from itself only`);
});

test('one container, reached by keyboard alone: figures against limits, charts that grow, and back', async (t) => {
  const containers = [WAITS, CALM];
  const { at, page, complaints } = await status(t, containers);
  await page.getByRole('link', { name: 'waits' }).focus();
  // What has the focus keeps it when rows change places.
  containers[1] = containerUsage('calm', { signals: { 'cpu.some.avg10': 90 } });
  at.ticks.tell();
  await holds(page, `document.querySelector('tbody th a')?.textContent === 'calm'`);
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'waits');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'waits' }).waitFor();
  assert.equal(await page.evaluate('document.activeElement.id'), 'container');
  assert.equal(await page.title(), 'waits · tsgov');
  for (const points of [2, 3, 4]) {
    at.ticks.tell();
    await holds(page, `(document.querySelector('path.line-0').getAttribute('d') ?? '').split(/[ML]/).length > ${points}`);
  }
  assert.match(await textOf(page.locator('.limits')), /16\.0 of 64\.0/);
  assert.match(await textOf(page.locator('.about')), /policies batch/);
  containers.splice(0, 1);
  at.ticks.tell();
  await page.getByText('There is no such container any more').waitFor();
  await page.keyboard.press('Tab');
  await page.goBack();
  await page.getByRole('heading', { name: 'Containers' }).waitFor();
  assert.deepEqual(complaints, []);
});

const HOSTILE = [
  `<img src=x onerror="document.title='owned'">`,
  `"><script>document.title='owned'</script>`,
  '\u202egnp.exe',
  '\u001b[31mred\u0000\u2028',
  '👩‍👩‍👧‍👦 семья 家族 مرحبا',
  `javascript:document.title='owned'`,
  '../../x?y#z%2f',
  'x'.repeat(255),
];

test('names of others are text and nothing else, wherever they stand', async (t) => {
  const containers = HOSTILE.map((name) =>
    containerUsage(name, { image: name, policies: [name], runtime: 'other', limits: { [name]: name } }),
  );
  const { page, complaints } = await status(t, containers);
  await page.getByText('live', { exact: true }).waitFor();
  assert.equal((await names(page)).length, HOSTILE.length);
  const text = await textOf(page.locator('tbody'));
  for (const shown of ['<img src=x', '</script>', '⟨202E⟩gnp.exe', '⟨001B⟩[31mred⟨0000⟩⟨2028⟩', 'مرحبا'])
    assert.ok(text.includes(shown), shown);
  for (let index = 0; index < HOSTILE.length; index += 1) {
    await page.locator('tbody th a').nth(index).click();
    await page.locator('#container').waitFor();
    await page.getByText('Limits that are set').click();
    await page.getByRole('link', { name: 'all containers' }).click();
    await page.locator('tbody th a').first().waitFor();
  }
  assert.equal(await page.locator('img, script:not([src])').count(), 0);
  assert.equal(await page.title(), 'tsgov');
  assert.deepEqual(complaints, []);
});

test('an agent that goes is told, and taken up again when it comes back', async (t) => {
  const socketPath = join(tempDir(t), 's.sock');
  const closing: (() => void | Promise<void>)[] = [];
  const first = await startTestApi({ after: (work) => closing.unshift(work) }, { socketPath, listen: '127.0.0.1:0' });
  showUsage(first.eyes, () => [CALM]);
  const { page, complaints } = await openPage(t, browser, `${first.url}/`);
  await page.getByText('live', { exact: true }).waitFor();
  for (const close of closing) await close();
  await page.getByText('lost: the agent does not answer', { exact: true }).waitFor();
  await page.getByText(/^figures are \d+ s old$/).waitFor();
  assert.deepEqual(await names(page), ['calm'], 'what was last known stays');
  const next: TestApi = await startTestApi(t, { socketPath, listen: new URL(first.url).host });
  showUsage(next.eyes, () => [CALM, WAITS]);
  await page.getByText('live', { exact: true }).waitFor();
  assert.deepEqual(await names(page), ['waits', 'calm']);
  assert.deepEqual(complaints, []);
});

const LEVELS = `[...document.querySelectorAll('h1, h2, h3, h4')].map((heading) => Number(heading.tagName[1]))`;
const NAMELESS = `[...document.querySelectorAll('button, input, a')]
  .filter((each) => !(each.labels?.[0]?.textContent || each.textContent).trim()).map((each) => each.outerHTML)`;

for (const colorScheme of ['light', 'dark'] as const)
  test(`${colorScheme}: every text can be read, every control has a name, headings follow each other`, async (t) => {
    const { at, page } = await status(t, [WAITS, FULL, CALM, containerUsage('icy', { status: 'frozen' })], { colorScheme });
    await page.getByText('live', { exact: true }).waitFor();
    const dark = await page.evaluate<boolean>(`Number(/\\d+/.exec(getComputedStyle(document.body).backgroundColor)[0]) < 128`);
    assert.equal(dark, colorScheme === 'dark');
    for (const path of ['/', `/#/container/${WAITS.id}`, '/docs']) {
      await page.goto(at.url + path);
      await page.getByRole('heading', { level: 2 }).first().waitFor();
      assert.deepEqual(await faintTexts(page), [], path);
      const levels = await page.evaluate<number[]>(LEVELS);
      for (const [index, level] of levels.entries())
        assert.ok(level <= (levels[index - 1] ?? 0) + 1, `${path}: ${levels.slice(0, index + 1)}`);
      const unnamed = await page.evaluate<string[]>(NAMELESS);
      assert.deepEqual(unnamed, [], path);
    }
    await page.evaluate(`document.querySelector('h2').style.color = '${dark ? '#444' : '#bbb'}'`);
    assert.match((await faintTexts(page)).join(), /Routes/, 'a faint text is noticed');
  });

test('on a phone nothing is wider than the screen', async (t) => {
  const long = containerUsage('a-very-long-name-without-any-place-to-break-it-'.repeat(4), {
    image: 'registry.example/x'.repeat(8),
  });
  const { at, page } = await status(t, [WAITS, long, CALM], PHONE);
  for (const path of ['/', `/#/container/${long.id}`, '/docs']) {
    await page.goto(at.url + path);
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    await page.waitForTimeout(100);
    const [wide, screen] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, innerWidth]');
    assert.ok(wide! <= screen!, `${path}: ${wide} of ${screen}`);
  }
});

test('over the network the page asks for the token, and shows nothing before', async (t) => {
  const tls = { key: readFileSync(join(TLS, 'key.pem'), 'utf8'), cert: readFileSync(join(TLS, 'cert.pem'), 'utf8') };
  const at = await startTestApi(t, { listen: '0.0.0.0:0', token: 's3cret', tls });
  showUsage(at.eyes, () => [CALM]);
  const url = `https://127.0.0.1:${at.api.addresses.listen?.split(':')[1]}/`;
  const { page, complaints } = await openPage(t, browser, url, { ignoreHTTPSErrors: true });
  await page.getByText('needs the token', { exact: true }).waitFor();
  assert.equal(await page.getByText('box').count(), 0);
  await page.getByLabel(/needs its token/).fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('needs the token', { exact: true }).waitFor();
  await page.getByLabel(/needs its token/).fill('s3cret');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('live', { exact: true }).waitFor();
  assert.deepEqual(await names(page), ['calm']);
  await page.goto(`${url}docs`);
  await page.getByText('/v1/containers/{ref}/limits').first().waitFor();
  assert.deepEqual(complaints, []);
});

test(
  'a real agent: what a container really uses, what holds it back, and what was done to it',
  requires({ root: true }),
  async (t) => {
    const agent = new TcpAgent();
    t.after(() => agent.stop());
    await agent.startAgent();
    agent.ok('run', '-d', '--name', 'hog', '--cpus', '0.2', '--memory', '32m', 'host:', 'sh', '-c', 'while :; do :; done');
    agent.ok('limit', 'hog', '--pids-limit', '40');
    const { page, complaints } = await openPage(t, browser, agent.url);
    await page.getByRole('link', { name: 'hog' }).click();
    await holds(page, `/0\\.[0-9]*[1-9][0-9]* of 0\\.20/.test(document.querySelector('.limits')?.textContent)`);
    await holds(page, `(document.querySelector('path.line-0').getAttribute('d') ?? '').includes('L')`);
    await page.getByText('What was done to it').click();
    await page.getByRole('cell', { name: 'pids.max' }).waitFor();
    await page.getByRole('button', { name: 'What holds it back?' }).click();
    await page.locator('.why li').first().waitFor();
    agent.ok('freeze', 'hog');
    await page.getByText(/^frozen · tsgov/).waitFor();
    assert.deepEqual(complaints, []);
  },
);

test('the page of the API has every route and object of its document', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0' });
  const { page, complaints } = await openPage(t, browser, `${at.url}/docs`);
  const document = (await at.client.openapi()) as { paths: Record<string, object>; components: { schemas: object } };
  await page.getByRole('heading', { name: 'Objects' }).waitFor();
  const titles = new Set(await page.locator('article h3').allTextContents());
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods).filter((each) => each !== 'head'))
      assert.ok(titles.has(`${method.toUpperCase()}${path}`), path);
  for (const name of Object.keys(document.components.schemas)) assert.ok(titles.has(name), name);
  assert.deepEqual(complaints, []);
});
