import { setImmediate as settle } from 'node:timers/promises';
import { initialState } from '#src/top/initial-state.js';
import type { Input } from '#src/top/input.js';
import { interestOf } from '#src/top/interest.js';
import { reduce } from '#src/top/reduce.js';
import type { Row } from '#src/top/rows.js';
import { execute } from '#src/top/run/executors.js';
import type { TopState } from '#src/top/state.js';
import { view } from '#src/top/view.js';
import { SCENE_MS, SCENE_ROWS } from './top-scenario.js';
import { TopWorld } from './top-world.js';

/** The screen without a terminal: keys in, lines of text out. */
export class TopDriver {
  readonly world: TopWorld;
  /** Effects that are not the agent's: `quit`, `shell of api`, what was remembered. */
  readonly done: string[] = [];
  state: TopState;

  constructor(change: Partial<Pick<TopState, 'size' | 'glyphs' | 'theme' | 'settings'>> = {}, rows: readonly Row[] = SCENE_ROWS) {
    this.world = new TopWorld(rows);
    const usual = { size: { columns: 80, rows: 24 }, glyphs: 'unicode', theme: 'dark', settings: {} } as const;
    this.state = initialState({ ...usual, ...change, nowMs: SCENE_MS, target: this.world.target });
    this.world.start((input) => this.tell(input));
  }

  tell(input: Input): void {
    const step = reduce(this.state, input);
    this.state = step.state;
    for (const effect of step.effects)
      execute(
        {
          client: this.world.client,
          source: this.world,
          tell: (next) => this.tell(next),
          remember: (settings) => void this.done.push(`remember ${JSON.stringify(settings)}`),
          runProgram: ({ program, name }) => void this.done.push(`${program} of ${name}`),
          redraw: () => void this.done.push('redraw'),
          quit: () => void this.done.push('quit'),
        },
        effect,
      );
    this.world.want(interestOf(this.state));
  }

  /** Presses keys one after the other; what the agent is asked is answered before the next. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.tell({ kind: 'key', key });
      for (let turn = 0; turn < 3; turn += 1) await settle();
    }
  }

  /** What is on the screen, without trailing blanks. */
  get lines(): string[] {
    return view(this.state).lines.map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    );
  }

  get screen(): string {
    return this.lines.join('\n');
  }
}
