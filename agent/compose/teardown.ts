/** What is to be undone, last first. */
export interface Teardown {
  push(step: () => void | Promise<void>): void;
  /** Undoes all there is by now. A step that throws ends it with that error. */
  run(): Promise<void>;
}

/** Each part of the agent, as it starts, says here how it is taken down again. */
export function newTeardown(): Teardown {
  const steps: (() => void | Promise<void>)[] = [];
  return {
    push: (step) => void steps.push(step),
    run: async () => {
      for (const step of steps.splice(0).toReversed()) await step();
    },
  };
}
