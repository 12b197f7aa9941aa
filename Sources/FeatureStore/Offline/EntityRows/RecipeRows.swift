import Columnar

/// Makes the rows that a recipe describes, for what is asked of them.
struct RecipeRows {
    private let recipe: EntityRecipe
    private let service: ResolvedService
    private let definitions: Definitions
    private let timestamp: String?
    /// The rows of a recipe whose rows are given in memory.
    private let given: Table?
    private let history: (ViewLayout) throws -> [HistoryPart]
    /// All join keys of what is asked for.
    private let joinKeys: [JoinKey]

    /// - Parameters:
    ///   - timestamp: of a file, the column of times, if it has to be said.
    ///   - given: the rows of a recipe whose rows are given in memory.
    ///   - history: opens the history of a view.
    init(
        _ recipe: EntityRecipe, service: ResolvedService, definitions: Definitions, timestamp: String?,
        given: Table? = nil,
        history: @escaping (ViewLayout) throws -> [HistoryPart]
    ) {
        self.recipe = recipe
        self.service = service
        self.definitions = definitions
        self.timestamp = timestamp
        self.given = given
        self.history = history
        joinKeys = service.joinKeys(in: definitions)
    }

    /// The rows; if they are split, those to train with first.
    ///
    /// - Throws: `StoreError.badRequest` for a recipe that cannot be followed; `DataError` for a file that cannot be read.
    func rows() throws -> (entities: EntityRows, split: TrainingSetSplit?) {
        try recipe.check()
        let entities: EntityRows
        switch recipe.origin {
        case .file(let path):
            entities = try sampled(
                try filtered(
                    try EntityRows(
                        file: path, timestamp, types: service.columnTypes(joinKeys), needsTimes: needsTimes)))
        case .given(let name):
            entities = try sampled(
                try filtered(
                    try EntityRows(try rows(given: name), timestamp: timestamp, origin: name, needsTimes: needsTimes)))
        case .spine(let every, let from, let to, let keys):
            entities = try filtered(try spine(Spine(every: every, from: from, to: to), keys))
        case .view(let name, let from, let to):
            entities = try sampled(try filtered(try rows(ofView: name, from: from, to: to)))
        }
        guard let split = recipe.split else { return (entities, nil) }
        return try parted(entities, split)
    }

    private var needsTimes: Bool { service.needsTimes(in: definitions) }

    // MARK: - Conditions, samples and splits

    private func filtered(_ entities: EntityRows) throws -> EntityRows {
        guard let condition = recipe.condition else { return entities }
        return entities.taking(try RowCondition(condition, over: entities.table).rows())
    }

    private func sampled(_ entities: EntityRows) throws -> EntityRows {
        guard let sample = recipe.sample else { return entities }
        return entities.taking(sample.rows(of: try hashes(entities, use: 0)))
    }

    private func parted(
        _ entities: EntityRows, _ split: RowSplit
    ) throws -> (entities: EntityRows, split: TrainingSetSplit?) {
        var parts: RowSplit.Parts
        switch split {
        case .key(let share): parts = RowSplit.parts(ofHashes: try hashes(entities, use: 1), share: share)
        case .time, .cut:
            guard let times = entities.times else {
                throw StoreError.badRequest("the rows have no times, so they cannot be split by time")
            }
            parts = try withExtendedLifetime(times) {
                switch split {
                case .cut(let cut): RowSplit.parts(ofTimes: times.elements(), count: times.count, cut: cut)
                case .time(let share): try RowSplit.parts(ofTimes: times.elements(), count: times.count, share: share)
                case .key: RowSplit.Parts(train: [], test: [])
                }
            }
            if let gap = recipe.gap, let cut = parts.cut {
                let (last, isBeyond) = cut.microseconds.subtractingReportingOverflow(gap.microseconds)
                withExtendedLifetime(times) {
                    let values = times.elements(as: Int64.self)
                    parts.train.removeAll { isBeyond || values[Int($0)] > last }
                }
            }
        }
        for (part, name) in [(parts.train, "train"), (parts.test, "test")] where part.isEmpty {
            throw StoreError.badRequest(
                "no row is left to \(name) with"
                    + (parts.cut.map { ": the cut is at \($0)" } ?? ", there are too few keys")
                    + "; split them otherwise")
        }
        let count = entities.table.rowCount
        return (
            entities.taking(parts.train + parts.test),
            TrainingSetSplit(
                trainRows: parts.train.count, testRows: parts.test.count,
                rowsLeftOut: count - parts.train.count - parts.test.count, cut: parts.cut)
        )
    }

    /// Numbers by which keys are chosen.
    ///
    /// - Parameter use: what for; a sample and a split must not choose alike, or a sample could not be split.
    private func hashes(_ entities: EntityRows, use: UInt64) throws(DataError) -> [UInt64] {
        guard !joinKeys.isEmpty else {
            throw DataError(
                "what is asked for has no join keys, so rows cannot be chosen by key", file: entities.origin)
        }
        let seed = UInt64(bitPattern: Int64(recipe.seed ?? 0))
        let sorted = joinKeys.sorted { $0.name < $1.name }
        let keys = try entities.keys(sorted, of: "what is asked for")
        return KeyEncoder(sorted.map(\.type)).encode(keys).hashes(seed: seed &+ use << 63)
    }

    // MARK: - Rows by rule

    private func spine(_ spine: Spine, _ origin: EntityRecipe.SpineKeys) throws -> EntityRows {
        let name = "the spine"
        var table: Table
        switch origin {
        case .file(let path): table = try TableFile.read(path, declared: service.columnTypes(joinKeys))
        case .given(let name): table = try rows(given: name)
        case .known(let view):
            if let field = service.requestFields.first(where: { field in !joinKeys.contains { $0.name == field.name } })
            {
                throw StoreError.badRequest(
                    "the known keys come without a request, and '\(field.name)' is one of its fields: give keys and request "
                        + "in a file with --keys, or take the rows of a view that has them")
            }
            table = try KnownKeys.table(of: try histories(of: view), wanted: joinKeys)
        }
        if table.index(of: ViewLayout.eventColumn) != nil {
            throw StoreError.badRequest(
                "the keys have a column '\(ViewLayout.eventColumn)', which the spine fills: leave it out, or take the rows as "
                    + "they are")
        }
        // Rows of a key come and go together, so the keys can be chosen before they are multiplied.
        table = try sampled(try EntityRows(table, origin: name, needsTimes: false)).table
        return try EntityRows(
            try spine.rows(of: table), timestamp: ViewLayout.eventColumn, origin: name, needsTimes: needsTimes)
    }

    /// The histories whose keys a spine takes: of the view that is named, or of all that have all join keys.
    private func histories(of name: String?) throws -> [(layout: ViewLayout, parts: [HistoryPart])] {
        guard !joinKeys.isEmpty else {
            throw StoreError.badRequest(
                "what is asked for has no join keys, so there are no known keys: give the rows in a file")
        }
        let layouts: [ViewLayout]
        let wanted = joinKeys.map(\.name).joined(separator: ", ")
        if let name {
            let layout = ViewLayout(of: try definitions.storedView(named: name), in: definitions)
            let missing = joinKeys.filter { !layout.keys.contains($0) }
            guard missing.isEmpty else {
                throw StoreError.badRequest(
                    "'\(name)' has no join key \(missing.map(\.name).joined(separator: ", ")), and the rows need \(wanted): "
                        + "name another view, or give the keys in a file with --keys")
            }
            layouts = [layout]
        } else {
            layouts = service.views.map { ViewLayout(of: $0, in: definitions) }.filter { Set($0.keys) == Set(joinKeys) }
            guard !layouts.isEmpty else {
                throw StoreError.badRequest(
                    "the rows need the join keys \(wanted), and no view that is asked for has all of them: name a view that "
                        + "has with --keys-of, or give the keys in a file with --keys")
            }
        }
        return try layouts.map { ($0, try history($0)) }
    }

    private func rows(ofView name: String, from: Timestamp?, to: Timestamp?) throws -> EntityRows {
        let layout = ViewLayout(of: try definitions.storedView(named: name), in: definitions)
        // Aggregates at an event do not count it.
        if service.views.contains(where: { $0.name == name }), layout.view.aggregation == nil {
            throw StoreError.badRequest(
                "features of '\(name)' are asked for, and its rows are the labels: each would find itself; ask without it"
            )
        }
        guard !layout.isTimeless else {
            throw StoreError.badRequest("the rows of '\(name)' have no event times, so nothing can be found at them")
        }
        return try EntityRows(
            try ViewRows(layout: layout, from: from, to: to).table(of: try history(layout)),
            timestamp: ViewLayout.eventColumn, origin: name, needsTimes: needsTimes)
    }

    private func rows(given name: String) throws(StoreError) -> Table {
        guard let given else { throw .badRequest("\(name) are to be given in memory, and are not: give a table") }
        return given
    }
}

extension EntityRows {
    /// The rows of a Parquet or CSV file; in CSV, the columns in `types` are read in their types.
    init(
        file path: String, _ timestamp: String?, types: [String: DataType], needsTimes: Bool
    ) throws(DataError) {
        try self.init(
            try TableFile.read(path, declared: types), timestamp: timestamp, origin: path, needsTimes: needsTimes)
    }
}

extension ResolvedService {
    /// The types of the columns that it reads of entity rows.
    func columnTypes(_ joinKeys: [JoinKey]) -> [String: DataType] {
        Dictionary(
            joinKeys.map { ($0.name, $0.type.dataType) } + requestFields.map { ($0.name, $0.type.dataType) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Whether what it gives depends on the rows' times.
    func needsTimes(in definitions: Definitions) -> Bool {
        computation.needsTimes || views.contains { !ViewLayout(of: $0, in: definitions).isTimeless }
    }
}
