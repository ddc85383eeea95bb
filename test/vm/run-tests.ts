import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { cgroupMode } from '#test/support/requires.js';
import { afterRerun, filesToRerun, mergeSummaries, type TestOutcome, type TestSummary } from '#test/support/test-summary.js';
import { boot, CACHE, LOST, quoted, ROOT } from './boot.js';
import { type Environment, environmentsNamed } from './environments.js';
import { GUEST_ROUNDS, leftOutIn } from './host-only.js';
import { lanes } from './lanes.js';

/** Processes in a guest: while the tests of one sleep, those of the other go on. */
const LANES = 2;
/** A guest keeps one CPU of the host busy. */
const GUESTS_AT_ONCE = Math.min(4, Math.max(1, availableParallelism()));
/** Guests take three minutes on a free CPU; a busy host is not a failure. */
const TIMEOUT_MS = 900_000;
const DURATIONS = join(CACHE, 'durations.json');
const RUNNER = [
  // No source maps: a guest spends seconds on reading them.
  'node --test-reporter=spec --test-reporter-destination=stdout',
  '--test-reporter=./scripts/test-reporter.mjs --test-reporter-destination=stderr dist/test/vm/run-files.js',
].join(' ');

/** How the tests of one environment ended. */
export interface GuestRun {
  environment: string;
  code: number;
  seconds: number;
  summary: TestSummary;
  /** What failed, and passed when its file was run once more. */
  flaky: TestOutcome[];
}

/**
 * `node dist/test/vm/run-tests.js [--env NAME]… [--out FILE] [part of a file name …]`: the integration tests in each guest, a few at a time.
 * Saves `GuestRun[]` to --out for scripts/test.mjs, which judges; exits with 0 whenever all guests ran.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { env: { type: 'string', multiple: true, default: [] }, out: { type: 'string' } },
  });
  const began = performance.now();
  const firsts = await inPool(environmentsNamed(values.env), async (environment) => {
    const files = guestFiles(environment.name, positionals);
    const run = await runFiles(environment, files);
    if (!LOST.includes(run.code)) return { environment, run };
    process.stdout.write(`${environment.name}: the guest was lost (${run.code}); once more\n`);
    return { environment, run: await runFiles(environment, files) };
  });
  const runs: GuestRun[] = [];
  for (const { environment, run } of firsts) runs.push(await withRerun(environment, run));
  const seconds = (performance.now() - began) / 1000;
  if (values.out !== undefined) writeFileSync(values.out, JSON.stringify(runs));
  const minutes = Math.floor(seconds / 60);
  process.stdout.write(`\nguests: ${minutes} min ${Math.round(seconds % 60)} s for all; ${cacheSizes()}\n`);
}

/** With what failed run once more, by itself on the machine: one file after another, and no other guest. */
async function withRerun(environment: Environment, run: GuestRun): Promise<GuestRun> {
  const names = filesToRerun(run.summary);
  if (LOST.includes(run.code) || names.length === 0) return run;
  process.stdout.write(`${environment.name}: what failed, once more\n`);
  const files = guestFiles(environment.name, []).filter((path) => names.includes(basename(path, '.js')));
  const second = await runFiles(environment, files, 1);
  return { ...second, seconds: run.seconds + second.seconds, ...afterRerun(run.summary, second.summary) };
}

/** What is kept in the cache, for people: `.cache/vm 112 MiB (initramfs-6.1… 6 MiB, …)`. */
function cacheSizes(): string {
  const sizes = readdirSync(CACHE).map((name) => ({ name, bytes: bytesOf(join(CACHE, name)) }));
  const inMiB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const large = sizes.filter(({ bytes }) => bytes > 2 ** 20).map(({ name, bytes }) => `${name} ${inMiB(bytes)}`);
  return `${relative(ROOT, CACHE)} ${inMiB(sizes.reduce((sum, { bytes }) => sum + bytes, 0))} (${large.join(', ')})`;
}

function bytesOf(path: string): number {
  const stat = lstatSync(path);
  return stat.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0) : stat.size;
}

/** In the order of the items; GUESTS_AT_ONCE of them at a time. */
async function inPool<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.map((item, index) => ({ item, index }));
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next.index] = await work(next.item);
  };
  await Promise.all(Array.from({ length: GUESTS_AT_ONCE }, lane));
  return results;
}

function guestFiles(environment: string, filters: readonly string[]): string[] {
  const leftOut = leftOutIn(environment, cgroupMode());
  return readdirSync(join(ROOT, 'dist/test/integration'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && !(plainName(file) in leftOut))
    .map((file) => join('dist/test/integration', file))
    .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
    .sort();
}

async function runFiles(environment: Environment, files: readonly string[], processes = LANES): Promise<GuestRun> {
  process.stdout.write(`\n${environment.name}: ${files.length} files\n`);
  const durations = knownDurations();
  const plan = lanes(
    files.map((path) => ({ path, cost: durations[basename(path)] })),
    processes,
  );
  const began = performance.now();
  const { code, report } = await boot(environment, job(plan), { timeoutMs: TIMEOUT_MS, prefix: `${environment.name}/` });
  const summary = mergeSummaries(report.map((line) => JSON.parse(line) as TestSummary));
  if (code !== 124 && report.length === plan.length) saveDurations({ ...knownDurations(), ...summary.files });
  return { environment: environment.name, code, seconds: (performance.now() - began) / 1000, summary, flaky: [] };
}

/** A runner for each lane, their lines marked; its summary goes to the host whole. */
function job(plan: readonly (readonly string[])[]): string[] {
  const rounds = Object.entries(GUEST_ROUNDS).map(([name, value]) => `${name}=${value}`);
  return [
    `export ${rounds.join(' ')}`,
    'set -o pipefail',
    ...plan.map((files, lane) => {
      const summary = `TSGOV_TEST_SUMMARY=/run/summary-${lane}.json`;
      return `${summary} ${RUNNER} ${files.map(quoted).join(' ')} 2>&1 | sed -u 's/^/${lane + 1} /' &`;
    }),
    'rc=0',
    'for pid in $(jobs -p); do wait "$pid" || rc=1; done',
    'for file in /run/summary-*.json; do cat "$file"; echo; done >"$TSGOV_GUEST_REPORT"',
    'exit $rc',
  ];
}

function knownDurations(): Record<string, number> {
  return existsSync(DURATIONS) ? (JSON.parse(readFileSync(DURATIONS, 'utf8')) as Record<string, number>) : {};
}

function saveDurations(durations: Record<string, number>): void {
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(DURATIONS, JSON.stringify(durations));
}

const plainName = (file: string): string => basename(relative(ROOT, file), '.test.js');

await main();
