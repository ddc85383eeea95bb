import { spawnSync } from 'node:child_process';
import { ReadStream } from 'node:tty';

export interface TerminalSize {
  rows: number;
  cols: number;
}

/** The size of the terminal stdout (or else stderr) is; undefined when neither is one, or it does not know. */
export function terminalSize(): TerminalSize | undefined {
  const stream = [process.stdout, process.stderr].find((each) => each.isTTY);
  if (stream === undefined) return undefined;
  const [cols, rows] = stream.getWindowSize();
  return rows > 0 && cols > 0 ? { rows, cols } : undefined;
}

/** Puts stdin into raw mode, when it is a terminal. The answer puts it back; at exit it is put back in any case. */
export function rawMode(stdin: NodeJS.ReadStream): () => void {
  if (!(stdin instanceof ReadStream)) return () => {};
  stdin.setRawMode(true);
  // libuv's raw mode goes on writing a newline as CR LF; the container's own terminal has done so already.
  spawnSync('stty', ['-opost'], { stdio: [0, 'ignore', 'ignore'] });
  const restore = () => {
    process.off('exit', restore);
    stdin.setRawMode(false);
  };
  process.once('exit', restore);
  return restore;
}
