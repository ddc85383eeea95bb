/** An object type whose properties may be absent but are never undefined. */
export type Defined<T extends object> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The object without its undefined values: flags not given are absent in the API's bodies. */
export function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
