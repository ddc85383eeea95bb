import { CHOOSE } from './choose-dialog.js';
import { COLUMNS_KIND } from './columns-dialog.js';
import { CONFIRM } from './confirm-dialog.js';
import type { Dialog } from './dialog.js';
import type { DialogKind } from './dialog-kind.js';
import { HELP } from './help-dialog.js';
import { LIMITS } from './limits-dialog.js';

/** One entry a kind: a dialog that is added without it does not compile. */
const KINDS: { readonly [K in Dialog['kind']]: DialogKind<Extract<Dialog, { kind: K }>> } = {
  help: HELP,
  confirm: CONFIRM,
  choose: CHOOSE,
  limits: LIMITS,
  columns: COLUMNS_KIND,
};

export function kindOf(dialog: Dialog): DialogKind<Dialog> {
  return KINDS[dialog.kind] as DialogKind<Dialog>;
}
