import type { WhyFactor } from '#agent/contract/why.js';
import { factor, type WhyFacts } from './facts.js';

/** Why it does not run: how its last run ended. */
export function notRunning({ status, end, sources }: WhyFacts): WhyFactor {
  const { exitCode, oomKilled, error } = end;
  const figures: Record<string, number> = exitCode === null ? {} : { exitCode };
  return factor({
    kind: 'not-running',
    sharePercent: 100,
    figures,
    setBy: oomKilled ? (sources['memory.max'] ?? null) : null,
    ...wordsOf(status, exitCode, oomKilled, error),
  });
}

function wordsOf(status: WhyFacts['status'], exitCode: number | null, oomKilled: boolean, error: string | null) {
  if (oomKilled)
    return {
      summary: `it ended: the kernel killed it for want of memory (exit code ${exitCode})`,
      field: 'memory.max',
      advice: 'give it more memory (limit --memory), or find what uses it, then start it again',
    };
  if (error !== null) return { summary: `it does not run (${status}): ${error}`, advice: 'see to that, then start it again' };
  if (status === 'created') return { summary: 'it was never started', advice: 'start it' };
  return {
    summary: `it ended by itself or was stopped: ${exitText(exitCode)}`,
    advice: exitCode === 0 ? 'start it again if it should run' : 'its log may say more (tsgov logs)',
  };
}

function exitText(exitCode: number | null): string {
  if (exitCode === null) return 'nobody knows how';
  return exitCode > 128 && exitCode < 128 + 65 ? `exit code ${exitCode} (signal ${exitCode - 128})` : `exit code ${exitCode}`;
}
