/** How one test ended, as scripts/test-reporter.mjs saves it. */
export interface TestOutcome {
  /** Its base name without extension: `shim.test`. */
  file: string;
  name: string;
  /** Not a test: a suite or a whole file that failed by itself, for example because it could not be loaded. */
  suite?: true;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or the message of its failure. */
  reason?: string;
}

/** What one run of tests leaves behind. */
export interface TestSummary {
  tests: TestOutcome[];
  /** Milliseconds by base name, where files ran in one process. */
  files: Record<string, number>;
}

const RERUN_AT_MOST = 5;

export const NO_TESTS: TestSummary = { tests: [], files: {} };

export function mergeSummaries(parts: readonly TestSummary[]): TestSummary {
  return {
    tests: parts.flatMap(({ tests }) => tests),
    files: Object.assign({}, ...parts.map(({ files }) => files)) as Record<string, number>,
  };
}

export function withOutcome(summary: TestSummary, outcome: TestOutcome['outcome']): TestOutcome[] {
  return summary.tests.filter((test) => test.outcome === outcome);
}

/** Every test as `file: name`, skipped ones too. */
export function testNames(summary: TestSummary): string[] {
  return summary.tests.filter(({ suite }) => suite !== true).map(({ file, name }) => `${file}: ${name}`);
}

/** Files in which something failed, for a second run; none when so many did that it is not the machine's noise. */
export function filesToRerun(summary: TestSummary): string[] {
  const failed = failedFiles(summary);
  return failed.length <= RERUN_AT_MOST ? failed : [];
}

/** The first run, with the files that failed as they ended when they ran once more; and what failed only the first time. */
export function afterRerun(first: TestSummary, second: TestSummary): { summary: TestSummary; flaky: TestOutcome[] } {
  const again = failedFiles(first);
  const summary = mergeSummaries([
    { tests: first.tests.filter(({ file }) => !again.includes(file)), files: first.files },
    { tests: second.tests, files: {} },
  ]);
  const stillFailing = new Set(failedFiles(second));
  return { summary, flaky: withOutcome(first, 'failed').filter(({ file }) => !stillFailing.has(file)) };
}

/** Tests that one list has and the other has not, as `only in A: …`; a name that occurs twice must do so in both. */
export function listDifferences(a: { name: string; tests: readonly string[] }, b: typeof a): string[] {
  const missing = (from: typeof a, other: typeof a): string[] => {
    const left = [...other.tests];
    return from.tests
      .filter((test) => {
        const at = left.indexOf(test);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      })
      .map((test) => `only in ${from.name}, not in ${other.name}: ${test}`);
  };
  return [...missing(a, b), ...missing(b, a)];
}

function failedFiles(summary: TestSummary): string[] {
  return [...new Set(withOutcome(summary, 'failed').map(({ file }) => file))].sort();
}
