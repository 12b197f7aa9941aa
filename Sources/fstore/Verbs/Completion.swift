import FeatureStore

extension Command {
    /// The verb that prints completion scripts for `tool()`, and names from the project for the scripts to propose.
    static func completion(for tool: @escaping @Sendable () -> CommandLineTool) -> Command {
        Command(
            name: "completion", summary: "Prints a completion script for bash or zsh.",
            arguments: [
                Argument(name: "SHELL", help: "bash or zsh.", count: .optional, completion: .words(["bash", "zsh"]))
            ],
            options: [
                Option(
                    name: "candidates", kind: .value("KIND"),
                    help: "Print names in the project: views, services or names. The scripts use it.")
            ],
            examples: [("source <(fstore completion bash)", "for this shell")]
        ) { arguments, terminal in
            if let kind = arguments.value("candidates") {
                guard let definitions = try? arguments.openStore().definitions() else { return }
                let names =
                    switch kind {
                    case "views": definitions.featureViews.map(\.name)
                    case "services": definitions.featureServices.map(\.name)
                    default: definitions.allNames
                    }
                for name in names { terminal.print(name) }
                return
            }
            switch arguments.positional.first {
            case "bash": terminal.print(ShellCompletion.bash(for: tool()))
            case "zsh": terminal.print(ShellCompletion.zsh(for: tool()))
            default: throw UsageError(description: "name the shell: bash or zsh")
            }
        }
    }
}
