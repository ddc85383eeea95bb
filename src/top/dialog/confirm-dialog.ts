import type { ActRequest } from '#src/top/acts/request.js';

/** Asks before something that cannot be undone; only `y` does it. */
export interface ConfirmDialog {
  readonly kind: 'confirm';
  readonly title: string;
  readonly lines: readonly string[];
  readonly then: readonly ActRequest[];
}
