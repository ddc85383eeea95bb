import type { ReadStream, WriteStream } from 'node:tty';
import { isDeepStrictEqual } from 'node:util';
import type { TsgovClient } from '#agent/client.js';
import type { FdWriter } from '#src/cli/output/fd-writer.js';
import type { Input } from '#src/top/input.js';
import { interestOf } from '#src/top/interest.js';
import { reduce } from '#src/top/reduce.js';
import type { Settings } from '#src/top/settings.js';
import type { TopSource } from '#src/top/source.js';
import type { TopState } from '#src/top/state.js';
import { Terminal } from '#src/top/terminal/terminal.js';
import { THEME } from '#src/top/theme.js';
import { view } from '#src/top/view.js';
import { execute, type Hands } from './executors.js';
import { type ProgramOptions, runProgram } from './programs.js';

export interface ScreenOptions {
  initial: TopState;
  source: TopSource;
  client: TsgovClient;
  stdin: ReadStream;
  tty: WriteStream;
  out: FdWriter;
  nowMs(): number;
  remember(settings: Settings): void;
  programs: Pick<ProgramOptions, 'globals' | 'env'>;
}

const CLOCK_MS = 1000;
const ENDING_SIGNALS = { SIGTERM: 15, SIGHUP: 1, SIGINT: 2, SIGQUIT: 3 } as const;

/** Shows the screen until it is left; the exit code. Inputs go through the reducer one by one; a frame is drawn once they are all in. */
export function runScreen(options: ScreenOptions): Promise<number> {
  const { source, client, stdin, tty, out, nowMs } = options;
  let state = options.initial;
  let ended = false;
  let scheduled = false;
  let away = false;
  const programs = new AbortController();

  return new Promise((resolve) => {
    const terminal = new Terminal({
      stdin,
      tty,
      out,
      nowMs,
      onInput: (input) => (input.kind === 'key' && input.key === 'C-z' ? void terminal.stop() : tell(input)),
      onResize: (size) => tell({ kind: 'resize', size }),
      onContinue: () => tell({ kind: 'resize', size: terminal.size }),
    });

    const draw = (): void => {
      scheduled = false;
      if (ended || away) return;
      if (!terminal.paint(view(state), state.size, THEME[state.theme])) terminal.drained(schedule);
    };
    const schedule = (): void => {
      if (scheduled || ended) return;
      scheduled = true;
      setImmediate(draw);
    };
    const tell = (input: Input): void => {
      if (ended) return;
      const before = state;
      const step = reduce(state, input);
      state = step.state;
      for (const effect of step.effects) execute(hands, effect);
      if (state !== before) {
        const interest = interestOf(state);
        if (!isDeepStrictEqual(interest, interestOf(before))) source.want(interest);
      }
      schedule();
    };
    const end = (code: number): void => {
      if (ended) return;
      ended = true;
      clearInterval(clock);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      source.close();
      programs.abort();
      void terminal.close().then(() => resolve(code));
    };
    const onSignal = (signal: NodeJS.Signals): void => {
      // While a program has the terminal, keys are its own.
      if (away && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
      end(128 + ENDING_SIGNALS[signal as keyof typeof ENDING_SIGNALS]);
    };
    const hands: Hands = {
      client,
      source,
      tell,
      remember: options.remember,
      redraw: () => terminal.redraw(),
      quit: () => end(0),
      runProgram: (program) => {
        away = true;
        const write = (text: string) => out.write(text);
        terminal
          .suspend()
          .then(() => runProgram(program, { ...options.programs, stdin, write, signal: programs.signal }))
          .catch((error: Error) =>
            tell({ kind: 'acted', act: 'program', label: program.program, error: { code: 'INTERNAL', message: error.message } }),
          )
          .finally(() => {
            if (ended) return;
            away = false;
            terminal.resume();
            tell({ kind: 'resize', size: terminal.size });
          });
      },
    };
    const clock = setInterval(() => tell({ kind: 'clock', nowMs: nowMs() }), CLOCK_MS);
    for (const signal of SIGNALS) process.on(signal, onSignal);
    out.once('gone', () => end(1));
    stdin.once('end', () => end(0));
    terminal.open();
    tell({ kind: 'resize', size: terminal.size });
    source.want(interestOf(state));
    source.start(tell);
  });
}

const SIGNALS = Object.keys(ENDING_SIGNALS) as (keyof typeof ENDING_SIGNALS)[];
