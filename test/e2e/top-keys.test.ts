import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEYS, type KeyPlace } from '#src/top/keys.js';
import { requires } from '#test/support/requires.js';
import { TopDriver } from '#test/support/top-driver.js';
import { manyRows } from '#test/support/top-scenario.js';
import { pressIn, topInTmux } from '#test/support/top-tmux.js';

const SIZE = { columns: 110, rows: 30 };
const CONTAINERS = 40;

/** A key of the table in src/top/keys.ts, what it must show (or have done), and the keys that lead to where it means something, and back. */
interface Press {
  readonly key: string;
  readonly sign: RegExp;
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

const open: Pick<Press, 'before' | 'after'> = { before: ['enter'], after: ['escape'] };
const long: Pick<Press, 'before' | 'after'> = { before: ['enter', '7'], after: ['escape'] };
const press = (key: string, sign: RegExp, around: Pick<Press, 'before' | 'after'> = {}): Press => ({ key, sign, ...around });

const PRESSES: Readonly<Record<KeyPlace, readonly Press[]>> = {
  everywhere: [
    press('h', /─ Keys ─/, { after: ['escape'] }),
    press('?', /─ Keys ─/, { after: ['escape'] }),
    press('q', /▶ api-0 /, { before: ['enter'] }),
    press('Esc', /40 containers/, { before: ['/', 'd', 'b', 'enter'] }),
    press('Space', /PAUSED/, { after: ['space'] }),
    press('<', /NOT NOW/),
    press('>', /live 03:12:45/),
    press('{', /NOT NOW: 11-21 03:07:45, 5m00s ago/),
    press('}', /live 03:12:45/),
    press('V', /vim keys: k moves up/, { after: ['V'] }),
    press('T', /theme: light/, { after: ['T', 'T'] }),
    press('Ctrl-L', /redraw/),
  ],
  overview: [
    press('Down', /▶ api-16 /),
    press('Up', /▶ api-0 /),
    press('j', /▶ api-16 /),
    press('Ctrl-P', /▶ api-0 /),
    press('Ctrl-N', /▶ api-16 /),
    press('PgDn', /▶ kubelet\.service-6 /),
    press('PgUp', /▶ api-16 /),
    press('Ctrl-F', /▶ kubelet\.service-6 /),
    press('Ctrl-B', /▶ api-16 /),
    press('Ctrl-D', /▶ db-10 /),
    press('Ctrl-U', /▶ api-16 /),
    press('End', /▶ old-job-\d+ /),
    press('Home', /▶ api-0 /),
    press('G', /▶ old-job-\d+ /),
    press('g', /▶ api-0 /),
    press('Right', /NAME +CPU/),
    press('Left', /NAME +STATE/),
    press('Enter', /1 Summary/, { after: ['escape'] }),
    press('Tab', /events, arrows scroll them/, { after: ['tab'] }),
    press('/', /filter:/, { after: ['escape'] }),
    press('f', /filter:/, { after: ['escape'] }),
    press('o', /[A-Z]▼/),
    press('O', /[A-Z]▲/, { after: ['O'] }),
    press('m', /\*/, { after: ['escape'] }),
    press('M', /40 marked/, { after: ['escape'] }),
    press('c', /\[x\] name/, { after: ['escape'] }),
  ],
  container: [
    press('1', /PRESSURE some\/full/, { before: ['enter', '2'], after: ['escape'] }),
    press('2', /What others changed/, open),
    press('3', /SLEEPS IN|COMMAND/, open),
    press('4', /WAIT FOR A CPU/, open),
    press('5', /To do: raise/, open),
    press('6', /drift-guard/, open),
    press('7', /orders\/1039/, open),
    press('8', /its own/, open),
    press('Tab', /What others changed/, open),
    press('Right', /What others changed/, open),
    press('Shift-Tab', /its own/, open),
    press('Left', /its own/, open),
    press('[', /last 1m/, open),
    press(']', /last 15m/, open),
    press('Up', /^(?!.*orders\/1039)/s, long),
    press('Ctrl-P', /^(?!.*orders\/1039)/s, long),
    press('PgUp', /^(?!.*orders\/1039)/s, long),
    press('Ctrl-B', /^(?!.*orders\/1039)/s, long),
    press('Home', /orders\/1000/, long),
    press('g', /orders\/1000/, long),
    press('Down', /orders\/1039/, { before: ['enter', '7', 'up'], after: ['escape'] }),
    press('j', /orders\/1039/, { before: ['enter', '7', 'up'], after: ['escape'] }),
    press('Ctrl-N', /orders\/1039/, { before: ['enter', '7', 'up'], after: ['escape'] }),
    press('PgDn', /orders\/1039/, { before: ['enter', '7', 'up'], after: ['escape'] }),
    press('Ctrl-F', /orders\/1039/, { before: ['enter', '7', 'up'], after: ['escape'] }),
    press('End', /orders\/1039/, { before: ['enter', '7', 'g'], after: ['escape'] }),
    press('G', /orders\/1039/, { before: ['enter', '7', 'g'], after: ['escape'] }),
  ],
  acts: [
    press('z', /frozen.*freeze api-0: done, confirmed by its event/s),
    press('L', /memory\.high +400/, { after: ['escape'] }),
    press('p', /Policy for api-0/, { after: ['escape'] }),
    press('k', /Signal for api-0/, { after: ['escape'] }),
    press('K', /Signal for api-0/, { after: ['escape'] }),
    press('e', /shell of/),
    press('l', /logs of/),
    press('r', /restart api-0: done, confirmed by its event/),
    press('s', /stop api-0: done, confirmed by its event/),
    press('d', /Remove [a-z]+-\d+\?/, { after: ['escape'] }),
  ],
};

/** Keys of the table that other tests press: the mouse below, leaving in the last. */
const ELSEWHERE: ReadonlySet<string> = new Set(['Ctrl-C', 'Mouse']);

/** Our names (src/top/input.ts) of keys as the table writes them. */
function nameOf(key: string): string {
  const named: Record<string, string> = { Esc: 'escape', PgUp: 'pageup', PgDn: 'pagedown', 'Shift-Tab': 'backtab' };
  if (key.startsWith('Ctrl-')) return `C-${key.slice(5).toLowerCase()}`;
  return named[key] ?? (key.length > 1 ? key.toLowerCase() : key);
}

test('Every key of the table of keys is pressed by a test', () => {
  for (const place of Object.keys(PRESSES) as KeyPlace[]) {
    const listed = KEYS.filter((each) => each.place === place).flatMap(({ keys }) => keys.split(' '));
    const pressed = PRESSES[place].map(({ key }) => key);
    assert.deepEqual([...new Set(listed.filter((key) => !ELSEWHERE.has(key)))].sort(), [...new Set(pressed)].sort(), place);
  }
});

for (const [place, presses] of Object.entries(PRESSES))
  test(`Each key does what is said of it, and the terminal shows it: ${place}`, requires({ binary: 'tmux' }), async (t) => {
    const tmux = await topInTmux(t, { ...SIZE, containers: CONTAINERS });
    const model = new TopDriver({ size: SIZE }, manyRows(CONTAINERS));
    const both = async (key: string): Promise<void> => {
      pressIn(tmux, key);
      await model.press(key);
      // A program has the terminal first.
      if (key === 'e' || key === 'l') {
        await tmux.until(`${key} to start a program`, /has the terminal: (exec -it|logs --follow)/);
        pressIn(tmux, 'enter');
      }
      await tmux
        .until(`the screen after ${key}`, (screen) => screen.trimEnd() === model.screen.trimEnd())
        .catch((error: Error) => {
          assert.equal(tmux.screen().trimEnd(), model.screen.trimEnd(), error.message.split(';')[0]);
        });
    };
    for (const { key, sign, before = [], after = [] } of presses) {
      for (const each of before) await both(each);
      const [screen, done] = [model.screen, model.done.length];
      await both(nameOf(key));
      const shown = `${model.screen}\n${model.done.slice(done).join('\n')}`;
      assert.match(shown, sign, `${place}: ${key}`);
      assert.notEqual(shown, `${screen}\n`, `${place}: ${key} changed nothing`);
      for (const each of after) await both(each);
    }
  });

test(
  'The mouse: a click moves, a double click opens, a tab is clicked, the wheel scrolls',
  requires({ binary: 'tmux' }),
  async (t) => {
    const tmux = await topInTmux(t, { ...SIZE, containers: CONTAINERS });
    const click = (row: number, column: number, button = 0): void => tmux.type(`\u001b[<${button};${column + 1};${row + 1}M`);
    const rowOf = (text: RegExp): number => tmux.lines().findIndex((line) => text.test(line));
    click(rowOf(/ api-16 /), 5);
    await tmux.until('the click moves the cursor', /▶ api-16 /);
    click(rowOf(/NAME +STATE/), 4);
    await tmux.until('a click on a head sorts', /NAME▼/);
    const before = tmux.screen();
    click(rowOf(/▶/), 5, 65);
    await tmux.until('the wheel scrolls', (screen) => screen !== before);
    pressIn(tmux, '/', ...'api-16', 'enter');
    await tmux.until('it alone', /▶ api-16 /);
    const row = rowOf(/▶ api-16 /);
    click(row, 5);
    click(row, 5);
    await tmux.until('a double click opens', /1 Summary/);
    click(rowOf(/1 Summary/), 12);
    await tmux.until('a click on a tab', /What others changed|Asking the agent/);
  },
);

test('Ctrl-C leaves from anywhere, and the terminal is as it was', requires({ binary: 'tmux' }), async (t) => {
  const tmux = await topInTmux(t, SIZE);
  pressIn(tmux, 'L');
  await tmux.until('a form', /memory\.high/);
  pressIn(tmux, 'C-c');
  assert.equal(await tmux.ended(), 0);
  await tmux.rawUntil('the screen from before', (raw) => raw.endsWith('\u001b[?1049l'));
});
