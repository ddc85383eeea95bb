import type { CompletedCommand, CompletedFlag } from './model.js';
import type { Model } from './shells.js';

/** For zsh's own completion system (compinit). */
export function zshScript({ commands, globals }: Model): string {
  const list = commands.flatMap(({ names, summary }) => names.map((name) => `    ${quote(`${name}:${summary}`)}`));
  return `#compdef tsgov
# zsh completion for tsgov: put it into a directory of $fpath as _tsgov
_tsgov_containers() {
  local -a names
  names=(\${(f)"$(tsgov ps -a --format names 2>/dev/null)"})
  compadd -a names
}
_tsgov() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${list.join('\n')}
  )
  _arguments -C \\
${globals.map((flag) => `    ${argument(flag)} \\\n`).join('')}    '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe command commands ;;
    arguments)
      case $words[1] in
${commands.map((each) => commandCase(each, globals)).join('\n')}
      esac ;;
  esac
}
[[ $funcstack[1] == _tsgov ]] && _tsgov "$@" || compdef _tsgov tsgov
`;
}

function commandCase({ names, flags, containers }: CompletedCommand, globals: readonly CompletedFlag[]): string {
  const words = [...flags, ...globals].map(argument);
  const rest = containers ? "'*:container:_tsgov_containers'" : "'*:file:_files'";
  return `        ${names.join('|')}) _arguments ${[...words, rest].join(' ')} ;;`;
}

function argument({ long, short, takesValue, help }: CompletedFlag): string {
  const text = `[${help.replace(/[[\]\\:]/g, '\\$&')}]${takesValue ? `:${long}:_files` : ''}`;
  const spelling = `--${long}${takesValue ? '=' : ''}`;
  return short === undefined
    ? quote(`*${spelling}${text}`)
    : `${quote(`*-${short}${takesValue ? '+' : ''}${text}`)} ${quote(`*${spelling}${text}`)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
