import type { PolicyDiff, PolicyList } from '#agent/contract/policy.js';
import type { Step } from '#src/top/effect.js';
import type { ActedInput } from '#src/top/input.js';
import { say } from '#src/top/say.js';
import type { TopState } from '#src/top/state.js';
import type { Choice, ChooseDialog } from './choose-dialog.js';
import { closed, stays } from './dialog-kind.js';
import { withNames } from './policy-text.js';

/** The policy with the containers' names among those it matches: what would change is asked first. Pure. */
export function policyChosen(state: TopState, dialog: ChooseDialog, { value, label }: Choice): Step<TopState> {
  const names = dialog.targets.flatMap((id) => state.rows.get(id)?.name ?? []);
  const changed = withNames(value, names);
  if ('reason' in changed) return { state: say(state, 'warn', `${label}: ${changed.reason}`), effects: [] };
  const act = `a${state.nextAct}`;
  const items = [{ value: changed.text, label, note: 'asking what it would change ...' }];
  return {
    state: { ...state, nextAct: state.nextAct + 1, dialog: { ...dialog, items, index: 0, waiting: act } },
    effects: [{ kind: 'call', act, label: `see what ${label} changes`, call: { call: 'diffPolicy', text: changed.text } }],
  };
}

/** The list that was asked for, or what the chosen one would change. Pure. */
export function answerPolicies(state: TopState, dialog: ChooseDialog, { error, answer }: ActedInput): Step<TopState> {
  if (error !== undefined) return closed(say(state, 'bad', error.message));
  const { waiting: _, ...rest } = dialog;
  const [chosen] = dialog.items;
  if (chosen === undefined) {
    const items = (answer as PolicyList).policies.map(({ name, text, source, containers, enforce }) => ({
      value: text,
      label: name,
      note: `${enforce}, ${containers.length} containers${source === 'api' ? '' : `, in ${source}`}`,
    }));
    return stays(state, { ...rest, items });
  }
  return asked(state, dialog, chosen, answer as PolicyDiff);
}

function asked(
  state: TopState,
  dialog: ChooseDialog,
  { value, label }: Choice,
  { issues, containers }: PolicyDiff,
): Step<TopState> {
  if (issues.length > 0) return closed(say(state, 'bad', `${label}: ${issues[0]!.field}: ${issues[0]!.reason}`));
  const names = dialog.targets.flatMap((id) => state.rows.get(id)?.name ?? []);
  const lines = containers.flatMap(({ name, changes }) =>
    changes.map(
      ({ field, from, to, observed }) => `${name}: ${field} ${shown(from)} -> ${shown(to)}${observed ? ' (only reported)' : ''}`,
    ),
  );
  const acts = [
    {
      label: `apply ${label} to ${names.join(', ')}`,
      call: { call: 'putPolicy' as const, name: label, text: value },
      confirmedBy: ['policy-apply'],
    },
  ];
  const none = 'no limit changes now';
  return stays(state, { kind: 'confirm', title: `Apply policy ${label}?`, lines: lines.length === 0 ? [none] : lines, acts });
}

function shown(value: string | number | boolean | null): string {
  return value === null ? 'none' : String(value);
}
