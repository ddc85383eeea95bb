import type { ContainerView } from '#agent/contract/container.js';

/** What is known of the container that is looked at, beside its row of the overview. Parts come one by one. */
export interface Details {
  view: ContainerView;
}
