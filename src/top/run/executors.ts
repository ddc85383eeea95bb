import type { TsgovClient } from '#agent/client.js';
import type { Effect } from '#src/top/effect.js';
import type { Input } from '#src/top/input.js';
import type { Settings } from '#src/top/settings.js';
import type { TopSource } from '#src/top/source.js';
import { callAgent } from './call.js';

/** What effects are done with. */
export interface Hands {
  client: TsgovClient;
  source: TopSource;
  tell(input: Input): void;
  remember(settings: Settings): void;
  runProgram(program: Extract<Effect, { kind: 'program' }>['program']): void;
  redraw(): void;
  quit(): void;
}

type Executors = { readonly [K in Effect['kind']]: (hands: Hands, effect: Extract<Effect, { kind: K }>) => void };

/** One executor a kind of effect; what goes wrong is told as an input. */
const EXECUTORS: Executors = {
  call: ({ client, tell }, { act, label, call }) => {
    callAgent(client, call).then(
      (answer) => tell({ kind: 'acted', act, label, answer }),
      (error: unknown) => tell({ kind: 'acted', act, label, error: failure(error) }),
    );
  },
  program: (hands, { program }) => hands.runProgram(program),
  remember: ({ remember, tell }, { settings }) => {
    try {
      remember(settings);
    } catch (error) {
      tell({ kind: 'acted', act: 'remember', label: 'remember', error: failure(error) });
    }
  },
  refresh: ({ source, redraw }) => {
    redraw();
    source.refresh();
  },
  step: ({ source }, { direction, far = false }) => source.step(direction, far),
  quit: (hands) => hands.quit(),
};

export function execute(hands: Hands, effect: Effect): void {
  const executor = EXECUTORS[effect.kind] as (hands: Hands, effect: Effect) => void;
  executor(hands, effect);
}

function failure(error: unknown): { code: string; message: string; field?: string } {
  const { code, field, message } = error as { code?: string; field?: string; message?: string };
  return { code: code ?? 'INTERNAL', message: message ?? String(error), ...(field === undefined ? {} : { field }) };
}
