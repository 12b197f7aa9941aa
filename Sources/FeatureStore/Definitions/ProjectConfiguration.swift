/// What `fstore.yaml` says.
public struct ProjectConfiguration: Hashable, Sendable {
    /// The project's name.
    public var project: String
    /// Globs of definition files, relative to the project.
    public var features: [String]

    public static let fileName = "fstore.yaml"
    public static let defaultFeatures = ["features/*.yaml", "features/*.yml"]

    public init(project: String, features: [String] = Self.defaultFeatures) {
        self.project = project
        self.features = features
    }

    /// Reads the text of `fstore.yaml`; `file` is what messages call it.
    ///
    /// - Throws: `DefinitionErrors`.
    public init(text: some Sequence<UInt8>, file: String = Self.fileName) throws {
        let log = MistakeLog()
        let result = YAMLParser.parse(text)
        for mistake in result.mistakes {
            log.report(mistake.message, at: Place(file: file, position: mistake.position))
        }
        self.init(project: "")
        if let root = result.root {
            parse(root, file: file, log: log)
        } else if result.mistakes.isEmpty {
            log.report("the file is empty: it needs 'project', e.g. project: fleet", inFile: file)
        }
        guard log.errors.isEmpty else { throw DefinitionErrors(log.errors) }
    }

    private mutating func parse(_ root: YAMLNode, file: String, log: MistakeLog) {
        let place = Place(file: file, position: root.position)
        let parser = DeclarationParser(file: file, log: log)
        guard let map = YAMLMap(root, at: place, subject: file, keys: ["project", "features"], log: log) else { return }
        if let name = map.requiredText("project", example: "project: fleet") {
            parser.check(name: name, of: "a project")
            project = name.value
        }
        guard let node = map.node("features") else { return }
        features = parser.texts(of: node, key: "features", example: "[features/*.yaml]").map { glob in
            if glob.value.hasPrefix("/") {
                log.report("'\(glob.value.shortened)' must be relative to the project", at: glob.place)
            }
            return glob.value
        }
    }
}
