/// One mistake in a project's files: where, and what to do about it.
public struct DefinitionError: Error, Hashable, Sendable {
    /// The file as it was named to the reader, usually relative to the project.
    public var file: String
    /// Nil if the mistake is the file's as a whole.
    public var position: TextPosition?
    /// One sentence without a full stop.
    public var message: String

    public init(file: String, position: TextPosition?, message: String) {
        self.file = file
        self.position = position
        self.message = message
    }

    public var line: Int? { position?.line }
    public var column: Int? { position?.column }
}

extension DefinitionError: CustomStringConvertible {
    /// `features/drivers.yaml:12:9: unknown type 'flaot32' (did you mean 'float32'?)`
    public var description: String {
        position.map { "\(file):\($0.line):\($0.column): \(message)" } ?? "\(file): \(message)"
    }
}

/// All mistakes that one reading found, by file, line and column.
public struct DefinitionErrors: Error, Hashable, Sendable {
    public let errors: [DefinitionError]

    public init(_ errors: [DefinitionError]) {
        let start = TextPosition(line: 0, column: 0)
        self.errors = errors.sorted {
            ($0.file, $0.position ?? start, $0.message) < ($1.file, $1.position ?? start, $1.message)
        }
    }
}

extension DefinitionErrors: CustomStringConvertible {
    /// One mistake a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
