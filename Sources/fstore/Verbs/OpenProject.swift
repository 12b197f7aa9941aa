import Columnar
import FeatureStore
import Foundation

extension ParsedArguments {
    /// The store of `--project`, else of `$FSTORE_PROJECT`, else of the nearest project upwards.
    func openStore() throws -> FeatureStore {
        try FeatureStore(opening: CommandLineTool.projectFolder(value("project")))
    }

    /// The views named, or all of them if none is.
    func views(in definitions: Definitions) throws -> [String] {
        for name in positional { _ = try definitions.storedView(named: name) }
        return positional.isEmpty ? definitions.featureViews.map(\.name) : positional
    }
}

extension CommandLineTool {
    /// The folder where the project is looked for: the one that was named, else `$FSTORE_PROJECT`'s, else the current.
    static func projectFolder(_ named: String?) -> String {
        named ?? ProcessInfo.processInfo.environment["FSTORE_PROJECT"] ?? FileManager.default.currentDirectoryPath
    }
}
