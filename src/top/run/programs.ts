import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ReadStream } from 'node:tty';
import type { Program } from '#src/top/effect.js';

/** Prefers bash where there is one. */
const SHELL = 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi';

/** Words of this command line that do it. */
const WORDS: { readonly [K in Program['program']]: (program: Extract<Program, { program: K }>) => string[] } = {
  shell: ({ ref }) => ['exec', '-it', ref, 'sh', '-c', SHELL],
  logs: ({ ref }) => ['logs', '--follow', '--tail', '500', ref],
};

export interface ProgramOptions {
  /** Flags and environment that name the agent. */
  globals: readonly string[];
  env: NodeJS.ProcessEnv;
  stdin: ReadStream;
  write(text: string): void;
  /** Ends the program. */
  signal: AbortSignal;
}

/**
 * Runs it on this terminal, which must be as a shell would have it, until it ends. One that went wrong stays on the screen until a key is pressed.
 */
export async function runProgram(program: Program, { globals, env, stdin, write, signal: stop }: ProgramOptions): Promise<void> {
  const words = (WORDS[program.program] as (program: Program) => string[])(program);
  write(
    `${program.program === 'logs' ? 'log' : 'shell'} of ${JSON.stringify(program.name)}; ${ENDS[program.program]} brings top back\n`,
  );
  // Ctrl-C is the program's.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  process.on('SIGQUIT', ignore);
  try {
    const child = spawn(process.execPath, [process.argv[1]!, ...globals, ...words], { stdio: 'inherit', env, signal: stop });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (code === 0 || signal !== null || !FAILED.has(code ?? 0)) return;
    write('\npress a key to go back to top\n');
    await anyKey(stdin);
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGQUIT', ignore);
  }
}

const ENDS: Readonly<Record<Program['program'], string>> = { shell: 'exit', logs: 'Ctrl-C' };
/** Exit codes of tsgov itself; others are the shell's own. */
const FAILED = new Set([1, 2, 125, 126, 127]);

async function anyKey(stdin: ReadStream): Promise<void> {
  stdin.setRawMode(true);
  stdin.resume();
  await once(stdin, 'data');
  stdin.pause();
  stdin.setRawMode(false);
}
