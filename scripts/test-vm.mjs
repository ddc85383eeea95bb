import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './command.mjs';
import { say, Trouble } from './say.mjs';

/**
 * The integration tests in the guests of test/vm/environments.ts: one result an environment, as runTier's of scripts/test.mjs, with
 * the files that guests leave out counted as skipped. `host` is the integration tier's result, if it ran: the lists of tests must
 * be the same everywhere, and what is not is in `problems`.
 */
export async function runGuests(filters, host) {
  const { leftOutIn } = await import('../dist/test/vm/host-only.js');
  const { cgroupMode } = await import('../dist/test/support/requires.js');
  const { listDifferences, testNames } = await import('../dist/test/support/test-summary.js');
  const hostTests = host && testNames(host.summary);
  const runs = guestRuns(filters);
  const problems = [];
  const results = runs.map(({ environment, code, seconds, summary, flaky }) => {
    const leftOut = leftOutIn(environment, cgroupMode());
    const isHere = (test) => !(test.slice(0, test.indexOf('.test: ')) in leftOut);
    if (hostTests !== undefined)
      problems.push(
        ...listDifferences({ name: 'host', tests: hostTests.filter(isHere) }, { name: environment, tests: testNames(summary) }),
      );
    return {
      flaky,
      summary: { ...summary, tests: [...summary.tests, ...skipsOf(leftOut, filters, hostTests)] },
      tier: environment,
      ok: code === 0,
      ended: `${{ 124: 'a timeout', 125: 'a crash' }[code] ?? `exit code ${code}`} of the guest`,
      seconds,
    };
  });
  return { results, problems };
}

function guestRuns(filters) {
  const scratch = mkdtempSync(join(tmpdir(), 'tsgov-vm-runs-'));
  const out = join(scratch, 'runs.json');
  try {
    say('guests: the integration files under other kernels and cgroup modes');
    const { status, signal } = spawnSync(process.execPath, ['dist/test/vm/run-tests.js', '--out', out, ...filters], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Trouble(`the guests did not run: ${signal ?? `exit code ${status}`}`);
    return JSON.parse(readFileSync(out, 'utf8'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** By test where the host's list is known, else by file. */
function skipsOf(leftOut, filters, hostTests) {
  return Object.entries(leftOut)
    .filter(([file]) => filters.length === 0 || filters.some((part) => `dist/test/integration/${file}.test.js`.includes(part)))
    .flatMap(([file, reason]) => {
      const names = hostTests?.filter((test) => test.startsWith(`${file}.test: `)) ?? [file];
      return names.map((name) => ({ file: `${file}.test`, name, outcome: 'skipped', reason }));
    });
}
