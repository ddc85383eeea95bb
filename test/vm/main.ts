import { boot, LOST, quoted } from './boot.js';
import { environmentsNamed } from './environments.js';

const TIMEOUT_MS = 300_000;

/**
 * `node dist/test/vm/main.js [ENVIRONMENT…] -- COMMAND…`: runs one command, in the project's directory, in each guest in turn.
 * Exits with the first guest's code that is not 0.
 */
async function main(argv: string[]): Promise<number> {
  const split = argv.indexOf('--');
  const names = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? ['true'] : argv.slice(split + 1);
  let code = 0;
  for (const environment of environmentsNamed(names)) {
    const run = () => boot(environment, [command.map(quoted).join(' ')], { timeoutMs: TIMEOUT_MS });
    let result = await run();
    if (LOST.includes(result.code)) {
      process.stderr.write(`${environment.name}: the guest was lost (${result.code}); once more\n`);
      result = await run();
    }
    if (code === 0) code = result.code;
  }
  return code;
}

process.exitCode = await main(process.argv.slice(2));
