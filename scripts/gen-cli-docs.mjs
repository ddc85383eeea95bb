import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configMarkdown } from '#src/cli/config/markdown.js';
import { cliMarkdown } from '#src/cli/markdown.js';
import { COMMANDS } from '#src/cli/registry.js';
import { topMarkdown } from '#src/top/markdown.js';
import { ROOT } from './command.mjs';

// Needs a built dist/; test/unit/src/cli/markdown.test.ts fails when docs/cli.md is not what this writes.
writeFileSync(join(ROOT, 'docs/cli.md'), await cliMarkdown(COMMANDS));
// And test/unit/src/cli/config/markdown.test.ts when docs/config.md is not.
writeFileSync(join(ROOT, 'docs/config.md'), configMarkdown(readFileSync(join(ROOT, 'docs/examples/config.yaml'), 'utf8')));
// And test/unit/src/top/markdown.test.ts when its tables are not.
const top = join(ROOT, 'docs/top.md');
writeFileSync(top, topMarkdown(readFileSync(top, 'utf8')));
