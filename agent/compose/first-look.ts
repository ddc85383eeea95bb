/** The look at everybody's containers that begins once requests are answered. */
export interface FirstLook {
  /** Resolves when it is over, or will not be; never rejects. */
  readonly over: Promise<void>;
  readonly isOver: boolean;
  /** Begins it; call it once. */
  begin(look: () => Promise<void>): void;
  /** There is, or was, nothing to wait for. */
  end(): void;
}

/** What goes wrong in it is told to `onFault`, and those who wait go on with what was found. */
export function firstLook(onFault: (error: unknown) => void): FirstLook {
  let isOver = false;
  let tell: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const end = (): void => {
    isOver = true;
    tell();
  };
  return {
    over,
    get isOver() {
      return isOver;
    },
    begin: (look) => void look().catch(onFault).finally(end),
    end,
  };
}
