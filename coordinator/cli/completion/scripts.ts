/** Shells that completion is offered for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell that completion is offered for. */
export type Shell = (typeof SHELLS)[number];

/** Name of the hidden command that the scripts ask for candidates. */
export const COMPLETE_COMMAND = '__complete';

const BASH = `# bash completion for headframe: source <(headframe completion bash)
_headframe_complete() {
  local IFS=$'\\n'
  COMPREPLY=($(headframe ${COMPLETE_COMMAND} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -o nosort -F _headframe_complete headframe
`;

const ZSH = `#compdef headframe
# zsh completion for headframe: source <(headframe completion zsh)
_headframe() {
  local -a candidates
  candidates=("\${(@f)$(headframe ${COMPLETE_COMMAND} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then
    compadd -- "\${candidates[@]}"
  else
    _files
  fi
}
compdef _headframe headframe
`;

const FISH = `# fish completion for headframe: headframe completion fish | source
function __headframe_complete
  set -l words (commandline -opc) (commandline -ct)
  headframe ${COMPLETE_COMMAND} $words[2..-1] 2>/dev/null
end
complete -c headframe -k -a '(__headframe_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script that a shell runs to complete headframe's commands; candidates come from the program itself. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
