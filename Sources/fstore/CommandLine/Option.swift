/// A word that begins with two hyphens.
struct Option: Sendable {
    enum Kind: Sendable {
        case flag
        /// Takes one value, shown as this placeholder; given twice, the last counts.
        case value(String)
        /// Takes one or more values, up to the next option; given twice, the values add up.
        case values(String)
    }

    /// Without the hyphens.
    let name: String
    var kind = Kind.flag
    /// What it does; the default and the choices are added by help.
    let help: String
    var completion = Completion.none
    /// The value where the option is not given.
    var defaultValue: String?

    /// As help shows it: `--out FILE`.
    var usage: String {
        switch kind {
        case .flag: "--\(name)"
        case .value(let placeholder): "--\(name) \(placeholder)"
        case .values(let placeholder): "--\(name) \(placeholder) …"
        }
    }

    var takesValue: Bool {
        if case .flag = kind { false } else { true }
    }

    var takesValues: Bool {
        if case .values = kind { true } else { false }
    }

    /// Options of every verb.
    static let common = [
        Option(
            name: "project", kind: .value("DIR"),
            help: "The project's folder. Default: $FSTORE_PROJECT, else the nearest fstore.yaml upwards.",
            completion: .folder),
        Option(name: "json", help: "Print the result as JSON."),
        Option(name: "quiet", help: "Print nothing but errors."),
        Option(name: "help", help: "Print this help."),
    ]
}
