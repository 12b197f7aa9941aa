import Columnar

/// Where the rows of a training set come from: enough to find the same rows again.
public struct EntityRecipe: Hashable, Sendable, Codable {
    public enum Origin: Hashable, Sendable, Codable {
        /// The rows of a Parquet or CSV file.
        case file(path: String)
        /// Rows that were given in memory, under the name that messages have for them. They are not kept.
        case given(name: String)
        /// Each key at each step of time: `from`, `from + every`, …, before `to`.
        case spine(every: TimeSpan, from: Timestamp, to: Timestamp, keys: SpineKeys)
        /// A feature view's own rows: keys, event times and features, of which the latest version counts. With bounds, only
        /// those of event times not before `from` and before `to`.
        case view(name: String, from: Timestamp?, to: Timestamp?)
    }

    /// The keys of a spine.
    public enum SpineKeys: Hashable, Sendable, Codable {
        /// Those of which the history has rows: of the view, or of all views asked for whose join keys are those of the
        /// whole.
        case known(ofView: String?)
        /// The rows of a file, with their other columns.
        case file(path: String)
        /// Rows that were given in memory, with their other columns. They are not kept.
        case given(name: String)
    }

    public var origin: Origin
    /// An expression over the rows' columns; those for which it is not true are left out.
    public var condition: String?
    /// Which of the rows are taken.
    public var sample: RowSample?
    /// How they are parted.
    public var split: RowSplit?
    /// For a split by time: rows of the first part that lie so close before the cut are left out.
    public var gap: TimeSpan?
    /// Another one makes another sample, and another split by key.
    public var seed: Int?

    public init(
        _ origin: Origin, where condition: String? = nil, sample: RowSample? = nil, split: RowSplit? = nil,
        gap: TimeSpan? = nil, seed: Int? = nil
    ) {
        self.origin = origin
        self.condition = condition
        self.sample = sample
        self.split = split
        self.gap = gap
        self.seed = seed
    }

    /// The rows of a file.
    public static func file(_ path: String) -> EntityRecipe { EntityRecipe(.file(path: path)) }

    /// - Throws: `StoreError.badRequest` for what cannot be meant.
    func check() throws(StoreError) {
        if case .spine(let every, let from, let to, _) = origin {
            guard every.microseconds > 0 else { throw .badRequest("a spine's steps must be longer than 0s") }
            guard from < to else { throw .badRequest("the spine ends at \(to), before it begins at \(from)") }
        }
        if case .view(_, let from?, let to?) = origin, from >= to {
            throw .badRequest("no rows lie from \(from) until before \(to)")
        }
        switch sample {
        case .keys(let count)? where count < 1: throw .badRequest("a sample needs at least one key")
        case .share(let share)? where !(share > 0 && share <= 1):
            throw .badRequest("a sample takes more than 0 % and at most 100 % of the keys")
        default: break
        }
        switch split {
        case .time(let share)? where !(share > 0 && share < 1), .key(let share)? where !(share > 0 && share < 1):
            throw .badRequest("the first part of a split must be more than 0 and less than 1 of the rows")
        default: break
        }
        if gap != nil {
            switch split {
            case .time?, .cut?: break
            case .key?, nil: throw .badRequest("a gap lies before the cut of a split by time")
            }
        }
    }
}

extension EntityRecipe {
    /// The files that the rows are made from.
    var inputPaths: [String] {
        switch origin {
        case .file(let path), .spine(_, _, _, .file(let path)): [path]
        case .given, .spine, .view: []
        }
    }

    /// The name of the rows that were given in memory, if some were: without them it cannot be followed.
    var givenName: String? {
        switch origin {
        case .given(let name), .spine(_, _, _, .given(let name)): name
        case .file, .spine, .view: nil
        }
    }

    /// Whether the rows are all of those that were given in memory, in their order.
    var takesRowsAsGiven: Bool {
        if case .given = origin { condition == nil && sample == nil && split == nil } else { false }
    }

    /// The views whose history it reads beside those that are asked for.
    var views: [String] {
        switch origin {
        case .view(let name, _, _), .spine(_, _, _, .known(ofView: let name?)): [name]
        case .file, .given, .spine: []
        }
    }

    /// The same with paths that are found from any folder.
    func withAbsolutePaths() -> EntityRecipe {
        guard let path = inputPaths.first else { return self }
        return replacing(path: TableFile.absolutePath(path))
    }

    /// The same from a file that lies elsewhere now.
    ///
    /// - Throws: `StoreError.badRequest` if the rows come from no file.
    func reading(_ path: String) throws(StoreError) -> EntityRecipe {
        guard !inputPaths.isEmpty else {
            throw .badRequest("the rows are made by rule, from no file: leave --entities out")
        }
        return replacing(path: path)
    }

    private func replacing(path: String) -> EntityRecipe {
        var recipe = self
        switch origin {
        case .file: recipe.origin = .file(path: path)
        case .spine(let every, let from, let to, _):
            recipe.origin = .spine(every: every, from: from, to: to, keys: .file(path: path))
        case .given, .view: break
        }
        return recipe
    }
}

extension EntityRecipe: CustomStringConvertible {
    /// As the record of a training set tells it.
    public var description: String {
        var words: [String] = []
        switch origin {
        case .file(let path): words.append(path)
        case .given(let name): words.append("\(name) given in memory")
        case .spine(let every, let from, let to, let keys):
            switch keys {
            case .known(nil): words.append("every known key")
            case .known(let view?): words.append("every known key of \(view)")
            case .file(let path): words.append("the keys of \(path)")
            case .given(let name): words.append("\(name) given in memory")
            }
            words.append("every \(every) from \(from) until before \(to)")
        case .view(let name, let from, let to):
            words.append("the rows of \(name)")
            if let from { words.append("from \(from)") }
            if let to { words.append("until before \(to)") }
        }
        if let condition { words.append("where \(condition)") }
        if let sample { words.append("sampled \(sample)\(seedText)") }
        if let split {
            words.append("split \(split)\(sample == nil && split.dependsOnSeed ? seedText : "")")
            if let gap { words.append("with a gap of \(gap)") }
        }
        return words.joined(separator: ", ")
    }

    private var seedText: String { seed.map { " (seed \($0))" } ?? "" }
}
