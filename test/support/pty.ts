import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type PtyStep =
  | { send: string }
  | { expect: string }
  | { resize: [rows: number, cols: number] }
  | { signal: number }
  | { pause: number };

export interface PtyResult {
  output: string;
  /** Exit code; negative: the signal that ended it. */
  status: number;
  /** The step that did not come true in time. */
  failed: PtyStep | null;
  /** Whether the terminal was in its usual mode afterwards. */
  cooked: boolean;
}

const DRIVER = join(import.meta.dirname, '../../../test/support/pty-driver.py');

/** Runs a command on a terminal of 24 rows and 80 columns and plays steps on it. */
export function onTerminal(command: readonly string[], env: NodeJS.ProcessEnv, steps: readonly PtyStep[]): Promise<PtyResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [DRIVER, ...command], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as PtyResult);
      else reject(new Error(`pty-driver.py ended with ${code}`));
    });
    child.stdin.end(JSON.stringify(steps));
  });
}
