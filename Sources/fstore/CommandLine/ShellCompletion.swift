/// Completion scripts, made from the declarations.
enum ShellCompletion {
    static func bash(for tool: CommandLineTool) -> String {
        var cases: [String] = []
        for command in tool.commands {
            let options = (command.options + Option.common).map { "--\($0.name)" }.joined(separator: " ")
            cases.append("    \(command.name)) options=\"\(options)\"; words=\(words(ofArgumentsOf: command, tool)) ;;")
        }
        let values = Set(tool.commands.flatMap(\.options).map { "    --\($0.name)) \(bashReply(for: $0, tool)) ;;" })
            .union(Option.common.map { "    --\($0.name)) \(bashReply(for: $0, tool)) ;;" })
            .filter { !$0.contains(") : ;;") }
        return """
            # bash completion for \(tool.name); load it with: source <(\(tool.name) completion bash)
            _\(tool.name)() {
              local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" verb="${COMP_WORDS[1]}"
              local options="" words=""
              COMPREPLY=()
              if [ "$COMP_CWORD" -eq 1 ]; then
                COMPREPLY=($(compgen -W "\((tool.commands.map(\.name) + ["help"]).joined(separator: " "))" -- "$current"))
                return
              fi
              case "$previous" in
            \(values.sorted().joined(separator: "\n"))
              esac
              case "$verb" in
            \(cases.joined(separator: "\n"))
              esac
              case "$current" in
                -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
                *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
              esac
            }
            complete -o default -F _\(tool.name) \(tool.name)
            """
    }

    static func zsh(for tool: CommandLineTool) -> String {
        var cases: [String] = []
        for command in tool.commands {
            var specs = (command.options + Option.common).map { option -> String in
                let help = quoted(option.help)
                return option.takesValue
                    ? "'--\(option.name)[\(help)]:value:\(zshAction(for: option.completion, tool))'"
                    : "'--\(option.name)[\(help)]'"
            }
            for argument in command.arguments {
                let many = argument.count == .any || argument.count == .some
                specs.append("'\(many ? "*" : "")::\(argument.name):\(zshAction(for: argument.completion, tool))'")
            }
            cases.append("    \(command.name)) _arguments \(specs.joined(separator: " ")) ;;")
        }
        let verbs = tool.commands.map { "'\($0.name):\(quoted($0.summary))'" }.joined(separator: " ")
        return """
            #compdef \(tool.name)
            # zsh completion for \(tool.name); load it with: source <(\(tool.name) completion zsh)
            _\(tool.name)() {
              local -a verbs
              verbs=(\(verbs) 'help:Tells all of a verb.')
              if (( CURRENT == 2 )); then
                _describe 'verb' verbs
                return
              fi
              local verb="${words[2]}"
              shift words
              (( CURRENT-- ))
              case "$verb" in
            \(cases.joined(separator: "\n"))
              esac
            }
            compdef _\(tool.name) \(tool.name)
            """
    }

    private static func words(ofArgumentsOf command: Command, _ tool: CommandLineTool) -> String {
        for argument in command.arguments {
            switch argument.completion {
            case .words(let words): return "\"\(words.joined(separator: " "))\""
            case .candidates(let kind): return "\"$(\(candidates(kind, tool)))\""
            default: continue
            }
        }
        return "\"\""
    }

    private static func bashReply(for option: Option, _ tool: CommandLineTool) -> String {
        switch option.completion {
        case .none: return ":"
        case .file: return "COMPREPLY=($(compgen -f -- \"$current\")); return"
        case .folder: return "COMPREPLY=($(compgen -d -- \"$current\")); return"
        case .words(let words):
            return "COMPREPLY=($(compgen -W \"\(words.joined(separator: " "))\" -- \"$current\")); return"
        case .candidates(let kind):
            return "COMPREPLY=($(compgen -W \"$(\(candidates(kind, tool)))\" -- \"$current\")); return"
        }
    }

    private static func zshAction(for completion: Completion, _ tool: CommandLineTool) -> String {
        switch completion {
        case .none: " "
        case .file: "_files"
        case .folder: "_files -/"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .candidates(let kind): "($(\(candidates(kind, tool))))"
        }
    }

    private static func candidates(_ kind: String, _ tool: CommandLineTool) -> String {
        "\(tool.name) completion --candidates \(kind) 2>/dev/null"
    }

    private static func quoted(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "'": result += "'\\''"
            case "[", "]", ":": result += "\\\(character)"
            default: result.append(character)
            }
        }
        return result
    }
}
