import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Teardown, tempDir } from './temp.js';

export interface TmuxOptions {
  command: readonly string[];
  columns: number;
  rows: number;
  env?: Readonly<Record<string, string>>;
  /** Default tmux-256color. */
  term?: string;
}

const DEADLINE_MS = 60_000;
let count = 0;

/** A program in a terminal of its own: a tmux server that nobody else uses, ended with the test. */
export class Tmux {
  readonly #socket: string;
  readonly #dir: string;
  readonly #raw: string;

  /** Starts the command; what it writes from its first byte on is kept. */
  constructor(t: Teardown, { command, columns, rows, env = {}, term = 'tmux-256color' }: TmuxOptions) {
    count += 1;
    this.#socket = `tsgov-test-${process.pid}-${count}`;
    // Teardown runs in the order of registration: the server goes before the directory that its socket is in.
    t.after(() => {
      const killed = spawnSync('tmux', ['-L', this.#socket, 'kill-server'], { env: this.#env, encoding: 'utf8' });
      if (killed.status !== 0 && !/no server|server exited/.test(killed.stderr))
        throw new Error(`tmux kill-server: ${killed.stderr}`);
    });
    this.#dir = tempDir(t);
    this.#raw = join(this.#dir, 'raw');
    mkdirSync(join(this.#dir, 'tmp'));
    const config = join(this.#dir, 'tmux.conf');
    // No status line: the program has the whole size. Escape is a key at once, not the beginning of another.
    writeFileSync(
      config,
      `set -g status off\nset -g escape-time 0\nset -g default-terminal ${term}\nset -g history-limit 100\nset -g remain-on-exit on\nset -g mouse on\n`,
    );
    const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    const assignments = Object.entries({ LANG: 'C.UTF-8', ...env }).map(
      ([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'`,
    );
    const program = `echo $$ > pid; exec env ${assignments.join(' ')} ${quoted}`;
    // Waits until its output is watched. How it ended is written down here: tmux does not always know.
    const script = `cd '${this.#dir}'; while [ ! -e go ]; do sleep 0.01; done; sh -c '${program.replaceAll("'", "'\\''")}'; echo $? > ended; mv ended status`;
    this.#tmux('-f', config, 'new-session', '-d', '-x', String(columns), '-y', String(rows), script);
    this.#tmux('pipe-pane', '-O', `cat > '${this.#raw}'`);
    writeFileSync(join(this.#dir, 'go'), '');
  }

  /** Keys by tmux's names: `Enter`, `Escape`, `Up`, `C-c`, `BTab`; single characters are themselves. */
  press(...keys: readonly string[]): void {
    for (const key of keys) this.#tmux('send-keys', ...(key.length === 1 || /^[^\x20-\x7e]/u.test(key) ? ['-l', key] : [key]));
  }

  /** Typed as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** The screen's lines without trailing blanks. */
  lines(): string[] {
    return this.#tmux('capture-pane', '-p')
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.trimEnd());
  }

  screen(): string {
    return this.lines().join('\n');
  }

  /** The screen with its colours, as SGR sequences. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e');
  }

  /** Waits until the screen is as wanted, and answers it; fails with what is on it. */
  async until(what: string, wanted: RegExp | ((screen: string) => boolean), deadlineMs = DEADLINE_MS): Promise<string> {
    const is = typeof wanted === 'function' ? wanted : (screen: string) => wanted.test(screen);
    for (const end = Date.now() + deadlineMs; ; await sleep(15)) {
      const screen = this.screen();
      if (is(screen)) return screen;
      if (Date.now() > end) throw new Error(`timed out waiting: ${what}; on the screen:\n${screen}`);
    }
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Every byte the program wrote so far. */
  raw(): Buffer {
    return readFileSync(this.#raw);
  }

  /** The same once it ends as wanted: what is on the screen is not yet written to where that is read from. */
  async rawUntil(what: string, wanted: (raw: string) => boolean): Promise<string> {
    for (const end = Date.now() + DEADLINE_MS; ; await sleep(15)) {
      const raw = this.raw().toString('latin1');
      if (wanted(raw)) return raw;
      if (Date.now() > end) throw new Error(`${what} was not written; the last is ${JSON.stringify(raw.slice(-200))}`);
    }
  }

  get pid(): number {
    return Number(readFileSync(join(this.#dir, 'pid'), 'utf8'));
  }

  /** Exit status as a shell says it, once the program has ended; undefined: it runs. */
  get status(): number | undefined {
    const file = join(this.#dir, 'status');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  async ended(): Promise<number> {
    for (const end = Date.now() + DEADLINE_MS; ; await sleep(15)) {
      const { status } = this;
      if (status !== undefined) return status;
      if (Date.now() > end) throw new Error(`it did not end; on the screen:\n${this.screen()}`);
    }
  }

  get #env(): NodeJS.ProcessEnv {
    const { TMUX: _, ...env } = process.env;
    return { ...env, TMUX_TMPDIR: join(this.#dir, 'tmp'), LANG: 'C.UTF-8' };
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.#socket, ...args], {
      env: this.#env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}
