import type { ChooseDialog } from './choose-dialog.js';
import type { ColumnsDialog } from './columns-dialog.js';
import type { ConfirmDialog } from './confirm-dialog.js';
import type { HelpDialog } from './help-dialog.js';
import type { LimitsDialog } from './limits-dialog.js';

/** What stands on top of a view and gets all keys; Esc closes it. A closed set: ./kinds.ts has one entry a kind. */
export type Dialog = HelpDialog | ConfirmDialog | ChooseDialog | LimitsDialog | ColumnsDialog;
