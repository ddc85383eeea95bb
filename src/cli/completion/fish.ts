import type { CompletedCommand, CompletedFlag } from './model.js';
import type { Model } from './shells.js';

/** For fish 3 and later. */
export function fishScript({ commands, globals }: Model): string {
  const lines = [
    '# fish completion for tsgov',
    'complete -c tsgov -f',
    ...globals.map((flag) => `complete -c tsgov ${flagWords(flag)}`),
    ...commands.flatMap((each) => commandLines(each)),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines({ names, summary, flags, containers }: CompletedCommand): string[] {
  const seen = quote(`__fish_seen_subcommand_from ${names.join(' ')}`);
  return [
    ...names.map((name) => `complete -c tsgov -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`),
    ...flags.map((flag) => `complete -c tsgov -n ${seen} ${flagWords(flag)}`),
    containers ? `complete -c tsgov -n ${seen} -a '(tsgov ps -a --format names 2>/dev/null)'` : `complete -c tsgov -n ${seen} -F`,
  ];
}

function flagWords({ long, short, takesValue, help }: CompletedFlag): string {
  return `-l ${long}${short === undefined ? '' : ` -s ${short}`}${takesValue ? ' -r -F' : ''} -d ${quote(help)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
