import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLine } from '#src/top/terminal/encode-line.js';
import { THEME } from '#src/top/theme.js';
import { view } from '#src/top/view.js';
import { assertGolden } from '#test/support/golden.js';
import { TopDriver } from '#test/support/top-driver.js';
import { SCENE_SIZES, SCENES } from '#test/support/top-scenes.js';

process.env.TZ = 'UTC';

for (const size of SCENE_SIZES)
  for (const { name, keys, sign } of SCENES)
    test(`${name} at ${size.columns}x${size.rows} is as it was`, async () => {
      const top = new TopDriver({ size });
      await top.press(...keys);
      assert.match(top.screen, sign);
      assertGolden(`top/${name}-${size.columns}x${size.rows}.txt`, `${top.screen}\n`);
    });

for (const { name, keys } of SCENES)
  test(`${name} in ASCII has nothing but ASCII`, async () => {
    const top = new TopDriver({ glyphs: 'ascii' });
    await top.press(...keys);
    assert.match(top.screen, /^[\n -~]*$/);
    if (['overview', 'container', 'container-latency'].includes(name))
      assertGolden(`top/${name}-80x24-ascii.txt`, `${top.screen}\n`);
  });

for (const theme of ['mono', 'light'] as const)
  test(`The overview and a container in ${theme}, with what is written to the terminal`, async () => {
    const top = new TopDriver({ theme });
    const written = () => view(top.state).lines.map((line) => encodeLine(line, 80, THEME[theme]));
    const overview = written();
    await top.press('enter');
    const text = [...overview, ...written()].join('\n').replaceAll('\u001b', '^[');
    if (theme === 'mono') assert.doesNotMatch(text, /\^\[\[[0-9;]*\b[34][0-7]m/, 'no colour');
    assertGolden(`top/written-80x24-${theme}.txt`, `${text}\n`);
  });
