import type { CompletedFlag } from './model.js';
import type { Model } from './shells.js';

/** For bash 4 and later; needs no bash-completion package. */
export function bashScript({ commands, globals }: Model): string {
  const names = commands.flatMap((each) => each.names).join(' ');
  const cases = commands.map(({ names: [name, ...aliases], flags, containers }) => {
    const all = [...flags, ...globals];
    return `    ${[name, ...aliases].join('|')}) flags=${quote(spellings(all))}; valued=${quote(spellings(all.filter((each) => each.takesValue)))}; containers=${containers ? 1 : 0} ;;`;
  });
  return `# bash completion for tsgov: source <(tsgov completion bash)
_tsgov() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= flags valued containers=0 i
  local globals=${quote(spellings(globals))} global_valued=${quote(spellings(globals.filter((each) => each.takesValue)))}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -*) [[ " $global_valued " == *" \${COMP_WORDS[i]} "* ]] && ((i++)) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ -z $command ]]; then
    if [[ " $global_valued " == *" $prev "* ]]; then COMPREPLY=($(compgen -f -- "$cur"))
    elif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$globals" -- "$cur"))
    else COMPREPLY=($(compgen -W ${quote(names)} -- "$cur")); fi
    return
  fi
  case $command in
${cases.join('\n')}
  esac
  if [[ " $valued " == *" $prev "* ]]; then COMPREPLY=($(compgen -f -- "$cur"))
  elif [[ $cur == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ $containers == 1 ]]; then COMPREPLY=($(compgen -W "$(tsgov ps -a --format names 2>/dev/null)" -- "$cur"))
  else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -F _tsgov tsgov
`;
}

function spellings(flags: readonly CompletedFlag[]): string {
  return flags.flatMap(({ long, short }) => (short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`])).join(' ');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
