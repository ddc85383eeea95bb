import type { LimitsView } from '#agent/contract/limits.js';
import type { LimitsPlan } from '#agent/contract/limits-plan.js';
import { ask } from '#src/top/acts/request.js';
import type { Step } from '#src/top/effect.js';
import { say } from '#src/top/say.js';
import type { TopState } from '#src/top/state.js';
import { closed, type DialogKind, stays } from './dialog-kind.js';
import { edited } from './edit-text.js';
import { changedLimits, FORM_LIMITS, formText } from './limit-form.js';
import { viewLimitsForm } from './limits-form-view.js';

/** A form of limits with the values in force; what is changed is checked by the agent, which says what it would write. */
export interface LimitsDialog {
  readonly kind: 'limits';
  /** Ids; the values shown are those of the first. */
  readonly targets: readonly string[];
  readonly fields: readonly LimitField[];
  readonly index: number;
  /** Where in the field's text the cursor is, in characters. */
  readonly caret: number;
  /** checked: the plan is what Enter writes. */
  readonly status: 'loading' | 'editing' | 'checking' | 'checked' | 'writing';
  /** Acts whose answers it waits for. */
  readonly waiting: readonly string[];
  /** What would be written, for the first of `targets`. */
  readonly plan: LimitsPlan | undefined;
  /** Why it cannot be; `field` as the API names it (`memory.max`). */
  readonly refusal: { readonly field: string | undefined; readonly message: string } | undefined;
}

export interface LimitField {
  /** `memory.max` */
  readonly field: string;
  /** As it is in force; empty: not set. */
  readonly before: string;
  readonly text: string;
}

export const LIMITS: DialogKind<LimitsDialog> = {
  title: ({ targets, plan }) =>
    (targets.length === 1 ? 'Limits' : `Limits of ${targets.length} containers`) + (plan === undefined ? '' : ` of ${plan.name}`),
  press: (state, dialog, key) => {
    if (dialog.status === 'loading' || dialog.status === 'writing' || dialog.status === 'checking') return stays(state, dialog);
    if (key === 'enter') return dialog.status === 'checked' ? write(state, dialog) : check(state, dialog);
    const field = dialog.fields[dialog.index]!;
    if (key === 'up' || key === 'backtab') return stays(state, at(dialog, dialog.index - 1));
    if (key === 'down' || key === 'tab') return stays(state, at(dialog, dialog.index + 1));
    const { text, caret } = edited({ text: field.text, caret: dialog.caret }, key);
    if (text === field.text) return stays(state, { ...dialog, caret });
    const fields = dialog.fields.map((each, index) => (index === dialog.index ? { ...each, text } : each));
    return stays(state, { ...dialog, fields, caret, status: 'editing', plan: undefined, refusal: undefined });
  },
  answer: (state, dialog, { act, error, answer }) => {
    const waiting = dialog.waiting.filter((each) => each !== act);
    if (dialog.status === 'loading') {
      if (error !== undefined) return closed(say(state, 'bad', error.message));
      const fields = FORM_LIMITS.map((form) => {
        const before = formText(form, answer as LimitsView);
        return { field: form.field, before, text: before };
      });
      return stays(state, at({ ...dialog, fields, waiting, status: 'editing' }, 0));
    }
    if (error !== undefined) {
      const field = error.field?.replace(/^limits\./, '');
      const refused: LimitsDialog = {
        ...dialog,
        waiting,
        status: 'editing',
        plan: undefined,
        refusal: { field, message: error.message },
      };
      const index = dialog.fields.findIndex((each) => each.field === field);
      return stays(state, index === -1 ? refused : at(refused, index));
    }
    if (dialog.status === 'checking') return stays(state, { ...dialog, waiting, status: 'checked', plan: answer as LimitsPlan });
    if (dialog.status === 'writing' && waiting.length === 0) return closed(state);
    return stays(state, { ...dialog, waiting });
  },
  view: viewLimitsForm,
};

/** Another field, its text's end. */
function at(dialog: LimitsDialog, index: number): LimitsDialog {
  const next = (index + dialog.fields.length) % dialog.fields.length;
  return { ...dialog, index: next, caret: [...(dialog.fields[next]?.text ?? '')].length };
}

function check(state: TopState, dialog: LimitsDialog): Step<TopState> {
  const changed = changedLimits(dialog.fields);
  const refuse = (field: string | undefined, message: string) => stays(state, { ...dialog, refusal: { field, message } });
  if ('message' in changed) return refuse(changed.field, changed.message);
  if (Object.keys(changed.limits).length === 0) return refuse(undefined, 'nothing is changed yet');
  const act = `a${state.nextAct}`;
  const next: LimitsDialog = { ...dialog, status: 'checking', waiting: [act], refusal: undefined };
  return {
    state: { ...state, nextAct: state.nextAct + 1, dialog: next },
    effects: [
      { kind: 'call', act, label: 'check limits', call: { call: 'planLimits', ref: dialog.targets[0]!, limits: changed.limits } },
    ],
  };
}

function write(state: TopState, dialog: LimitsDialog): Step<TopState> {
  const changed = changedLimits(dialog.fields);
  if ('message' in changed) return stays(state, { ...dialog, status: 'editing', refusal: changed });
  const rows = dialog.targets.flatMap((id) => state.rows.get(id) ?? []);
  const step = ask(
    state,
    rows.map(({ id, name }) => ({
      container: id,
      label: `limit ${name}`,
      call: { call: 'setLimits', ref: id, limits: changed.limits },
      confirmedBy: ['limit'],
    })),
  );
  const waiting = step.effects.flatMap((effect) => (effect.kind === 'call' ? effect.act : []));
  if (waiting.length === 0) return closed(say(state, 'warn', 'the container is gone'));
  return { ...step, state: { ...step.state, dialog: { ...dialog, status: 'writing', waiting } } };
}
