/** Whether an Accept-Encoding header takes gzip: named, or by `*`, and not with `q=0`. Source: RFC 9110 12.5.3. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  let any = false;
  for (const part of String(header ?? '').split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase());
    const taken = !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (coding === 'gzip' || coding === 'x-gzip') return taken;
    if (coding === '*') any = taken;
  }
  return any;
}
