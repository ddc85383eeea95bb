import { writeSync } from 'node:fs';
import { VERSION } from '#agent/contract/version.js';

const [first, ...rest] = process.argv.slice(2);

// The version is asked by scripts and prompts: nothing is loaded for it.
if (rest.length === 0 && (first === 'version' || first === '--version' || first === '-v')) {
  try {
    writeSync(1, `tsgov ${VERSION}\n`);
  } catch {
    // A stdout that is full, gone or non-blocking is handled where all others are.
    run();
  }
} else run();

function run(): void {
  // Nothing to catch: what goes wrong in there ends the process with a message and a code.
  void import('./process.js').then(({ runProcess }) => runProcess(process.argv.slice(2)));
}
