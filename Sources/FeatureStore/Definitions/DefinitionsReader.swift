import Foundation

/// Reads a project's YAML files into definitions, and tells all mistakes of all files at once.
public enum DefinitionsReader {
    /// Reads `files`, whose paths are relative to the folder `root`, as one set of definitions.
    ///
    /// - Throws: `DefinitionErrors`, which name the files as they are given here.
    public static func read(files: [String], root: String) throws -> Definitions {
        let log = MistakeLog()
        var texts: [(file: String, text: [UInt8])] = []
        for file in files {
            do {
                texts.append((file, try ProjectFile.read(file, root: root)))
            } catch {
                log.report(error.message, inFile: file)
            }
        }
        return try read(texts, log: log)
    }

    /// Reads texts that are in memory; `file` is what messages call them.
    ///
    /// - Throws: `DefinitionErrors`.
    public static func read(texts: [(file: String, text: String)]) throws -> Definitions {
        try read(texts.map { ($0.file, Array($0.text.utf8)) }, log: MistakeLog())
    }

    private static func read(_ texts: [(file: String, text: [UInt8])], log: MistakeLog) throws -> Definitions {
        var declarations = Declarations()
        declarations.areComplete = log.errors.isEmpty
        for (file, text) in texts {
            let result = YAMLParser.parse(text)
            for mistake in result.mistakes {
                log.report(mistake.message, at: Place(file: file, position: mistake.position))
            }
            if let root = result.root {
                DeclarationParser(file: file, log: log).parse(root, into: &declarations)
            } else if !result.mistakes.isEmpty {
                declarations.areComplete = false
            }
        }
        // What an unreadable file or section declares is not known, so no name can be called unknown.
        guard declarations.areComplete else { throw DefinitionErrors(log.errors) }
        let definitions = DefinitionsCheck(declarations, log: log).definitions()
        guard log.errors.isEmpty else { throw DefinitionErrors(log.errors) }
        return definitions
    }
}
