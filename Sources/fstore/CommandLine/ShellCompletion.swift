/// The scripts that connect a shell's Tab with `WordCompletion`.
enum ShellCompletion: String, CaseIterable {
    case bash
    case zsh

    /// The script for the tool of this name.
    func script(for tool: String) -> String {
        switch self {
        case .bash: Self.bash(tool)
        case .zsh: Self.zsh(tool)
        }
    }

    // bash splits words at `:` and `=` and replaces only what follows the last of them, so the line is split anew at
    // blanks, and what stands before the last `:` or `=` is taken off the replies.
    private static func bash(_ tool: String) -> String {
        #"""
        # bash completion for \#(tool); load it with: source <(\#(tool) completion bash)
        _\#(tool)() {
            local line="${COMP_LINE:0:COMP_POINT}" value kept
            local -a words replies
            read -ra words <<<"$line"
            [[ $line == *[[:blank:]] ]] && words+=("")
            value="${words[${#words[@]} - 1]}"
            [[ $value == --*=* ]] && value="${value#*=}"
            kept="${value%"${value##*[:=]}"}"
            mapfile -t replies < <("${COMP_WORDS[0]/#\~/$HOME}" \#(WordCompletion.verb) "${words[@]:1}" 2>/dev/null)
            COMPREPLY=()
            case "${replies[0]-}" in
                files)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$value")
                    ;;
                folders)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$value")
                    ;;
                words)
                    COMPREPLY=("${replies[@]:1}")
                    COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")
                    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
                    ;;
            esac
            [[ -n $kept ]] && COMPREPLY=("${COMPREPLY[@]#"$kept"}")
            return 0
        }
        complete -F _\#(tool) \#(tool)
        """#
    }

    private static func zsh(_ tool: String) -> String {
        #"""
        #compdef \#(tool)
        # zsh completion for \#(tool); load it with: source <(\#(tool) completion zsh)
        _\#(tool)() {
            local -a replies open closed
            local reply word
            replies=("${(@f)$("${words[1]/#\~/$HOME}" \#(WordCompletion.verb) "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
            [[ $PREFIX == --*=* ]] && compset -P 1 '*='
            case "${replies[1]}" in
                files) _files ;;
                folders) _files -/ ;;
                words)
                    for reply in "${(@)replies[2,-1]}"; do
                        word="${${reply%%$'\t'*}//:/\\:}"
                        [[ $reply == *$'\t'* ]] && word+=":${reply#*$'\t'}"
                        if [[ $reply == *= ]]; then open+=("$word"); else closed+=("$word"); fi
                    done
                    (( $#open )) && _describe -t names 'name' open -S ''
                    (( $#closed )) && _describe -t words 'word' closed
                    ;;
            esac
        }
        if [[ "${funcstack[1]}" == "_\#(tool)" ]]; then
            _\#(tool) "$@"
        else
            compdef _\#(tool) \#(tool)
        fi
        """#
    }
}

extension CommandLineTool {
    /// The verb that prints completion scripts, and the names that they propose.
    var completionCommand: Command {
        Command(
            name: "completion", summary: "Prints a completion script for bash or zsh.",
            arguments: [
                Argument(
                    name: "SHELL", help: "The shell.", count: .optional,
                    completion: .choices(ShellCompletion.allCases.map(\.rawValue)))
            ],
            options: [
                Option(
                    name: "candidates", kind: .value("KIND"),
                    help: "Print the names that would be proposed, a line each.",
                    completion: .choices(candidates.keys.sorted()))
            ],
            examples: [("source <(\(name) completion bash)", "for this shell")]
        ) { [self] arguments, terminal in
            if let source = arguments.value("candidates") {
                let context = CompletionContext(project: arguments.value("project"))
                for name in names(from: source, context: context) { terminal.print(name) }
                return
            }
            guard let shell = arguments.argument("SHELL").flatMap(ShellCompletion.init(rawValue:)) else {
                throw UsageError(description: "name the shell: bash or zsh")
            }
            terminal.print(shell.script(for: name))
        }
    }
}
