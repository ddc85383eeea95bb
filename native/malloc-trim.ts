/**
 * malloc_trim(3): gives the kernel back what malloc keeps of memory that is free. It is glibc's own; musl gives pages back by itself, and there
 * this does nothing.
 */
export function bindMallocTrim(koffi: typeof import('koffi')['default']): () => void {
  try {
    const trim = koffi.load(null).func('int malloc_trim(size_t pad)') as (pad: number) => number;
    return () => void trim(0);
  } catch {
    return () => undefined;
  }
}

/** The same for who has no koffi yet. */
export async function loadMallocTrim(): Promise<() => void> {
  const { default: koffi } = await import('koffi');
  return bindMallocTrim(koffi);
}
