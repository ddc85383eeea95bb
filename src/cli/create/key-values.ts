import { UsageError } from '#src/cli/flags/usage-error.js';

/** What reading flags may need of the machine the command line runs on. */
export interface LocalHost {
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The file's text; throws as node:fs does. */
  readFile(path: string): string;
}

/**
 * The container's environment: files first, then --env; `KEY` alone takes the value of our own environment and is left out where
 * there is none. Throws UsageError on an empty or malformed name.
 */
export function environment(values: readonly string[], files: readonly string[], host: LocalHost): string[] {
  const fromFiles = files.flatMap((path) => fileEntries(path, 'env-file', host));
  return [...fromFiles, ...values].flatMap((entry) => {
    const name = entry.split('=', 1)[0]!;
    if (name === '') throw new UsageError(`invalid argument ${JSON.stringify(entry)} for "-e, --env" flag: no variable name`);
    if (entry.includes('=')) return [entry];
    const own = host.env[name];
    return own === undefined ? [] : [`${name}=${own}`];
  });
}

/** `KEY=VALUE` flags, and lines of files, as an object; a later one wins; `KEY` alone has the empty value. */
export function dictionary(
  flag: string,
  values: readonly string[],
  files: readonly string[] = [],
  host?: LocalHost,
): Record<string, string> {
  const fromFiles = host === undefined ? [] : files.flatMap((path) => fileEntries(path, `${flag}-file`, host));
  const pairs = [...fromFiles, ...values].map((entry) => {
    const equals = entry.indexOf('=');
    const key = equals < 0 ? entry : entry.slice(0, equals);
    if (key === '') throw new UsageError(`invalid argument ${JSON.stringify(entry)} for "--${flag}" flag: want KEY=VALUE`);
    return [key, equals < 0 ? '' : entry.slice(equals + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Docker's file format: a line an entry, nothing quoted, `#` starts a comment line, leading blanks dropped. */
function fileEntries(path: string, flag: string, host: LocalHost): string[] {
  let text: string;
  try {
    text = host.readFile(path);
  } catch (error) {
    throw new UsageError(`--${flag}: ${(error as Error).message}`, { cause: error });
  }
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  return lines.flatMap((raw, index) => {
    const line = raw.replace(/\r$/, '').trimStart();
    if (line === '' || line.startsWith('#')) return [];
    const name = line.split('=', 1)[0]!;
    if (name === '' || /\s/.test(name))
      throw new UsageError(`--${flag} ${path}: line ${index + 1}: ${JSON.stringify(name)} is no variable name`);
    return [line];
  });
}
