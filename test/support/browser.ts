import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium';

/** A browser; close it. As root it has no sandbox, and needs none: it sees our own pages only. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

export interface OpenPage {
  page: Page;
  /** Errors, and whatever the content policy refused. */
  complaints: string[];
  /** Methods and addresses of all requests. */
  requests: string[];
}

/** A page of its own, closed when the test ends. */
export async function openPage(
  t: { after(work: () => void | Promise<void>): void },
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // That an agent which is gone does not answer is told too.
    if (message.type() === 'error' && !message.text().includes('net::ERR_') && !/status of (401|404)/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  await page.goto(url);
  return { page, complaints, requests };
}

/** Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3), as `ratio text`. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(FAINT);
}

/** Runs in the browser, whose types are none of this program's. */
const FAINT = `(() => {
  const rgba = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (element) => {
    if (element === null) return [255, 255, 255];
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? ground(element.parentElement) : color;
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + element.textContent.trim().slice(0, 40));
  }
  return faint;
})()`;
