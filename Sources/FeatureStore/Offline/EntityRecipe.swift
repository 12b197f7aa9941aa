/// Where the rows of a training set come from: enough to find the same rows again.
public struct EntityRecipe: Hashable, Sendable, Codable {
    public enum Origin: Hashable, Sendable, Codable {
        /// A Parquet or CSV file.
        case file(path: String)
    }

    public var origin: Origin

    public init(_ origin: Origin) { self.origin = origin }

    /// The rows of a file.
    public static func file(_ path: String) -> EntityRecipe { EntityRecipe(.file(path: path)) }

    /// The files that the rows are made from.
    var inputPaths: [String] {
        switch origin {
        case .file(let path): [path]
        }
    }

    /// The same with paths that are found from any folder.
    func withAbsolutePaths() -> EntityRecipe {
        var recipe = self
        switch origin {
        case .file(let path): recipe.origin = .file(path: TableFile.absolutePath(path))
        }
        return recipe
    }

    /// The same from a file that lies elsewhere now.
    func reading(_ path: String) throws(StoreError) -> EntityRecipe {
        var recipe = self
        switch origin {
        case .file: recipe.origin = .file(path: path)
        }
        return recipe
    }
}

extension EntityRecipe: CustomStringConvertible {
    /// As the summary of a training set names it.
    public var description: String {
        switch origin {
        case .file(let path): path
        }
    }
}
