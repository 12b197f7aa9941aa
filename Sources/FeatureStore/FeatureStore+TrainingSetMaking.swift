import Columnar

extension FeatureStore {
    /// The record of a training set that is to be made now, and the definitions it is made with.
    func newRecord(
        for selection: FeatureSelection, entities recipe: EntityRecipe, timestamp: String?, fullNames: Bool,
        withTimes: Bool, asOf: AsOf?
    ) throws -> (record: TrainingSetRecord, definitions: Definitions) {
        let (version, definitions) = try applied()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        var name: String?
        if case .service(let asked) = selection { name = asked }
        let views = Set(service.views.map(\.name) + recipe.views)
        let mark = try mark(asOf)
        let record = TrainingSetRecord(
            service: name,
            features: service.features.map {
                FeatureReference(view: $0.view.name, feature: $0.feature.name).description
            },
            definitionsVersion: version, snapshot: mark.snapshot,
            pushes: mark.sequences.filter { views.contains($0.key) }, pushedBy: mark.pushedBy,
            entities: recipe.withAbsolutePaths(),
            timestampColumn: timestamp, fullNames: fullNames, withTimes: withTimes, made: Timestamp.now, rows: 0,
            coverage: [], inputs: [], outputs: [], version: FeatureStore.version)
        return (record, definitions)
    }

    /// The files that a recipe's rows are made from, as they are now.
    func inputs(of recipe: EntityRecipe) throws -> [FileRecord] {
        try recipe.withAbsolutePaths().inputPaths.map { path throws(DataError) in
            FileRecord(path: path, checksum: try Checksum(ofFile: path).description)
        }
    }

    /// Makes the training set of `record`, and notes in it what came out.
    ///
    /// - Parameter given: the rows of a recipe whose rows are given in memory.
    func make(
        _ record: inout TrainingSetRecord, definitions: Definitions, given: Table? = nil, _ progress: RowProgress?
    ) throws -> TrainingSet {
        let clock = ContinuousClock.now
        let references = record.features.compactMap(FeatureReference.init)
        let service = try ResolvedService(references: references, in: definitions, fullNames: record.fullNames)
        let mark = record.mark
        let rows = try RecipeRows(
            record.entities, service: service, definitions: definitions, timestamp: record.timestampColumn,
            given: given, history: { try self.history(of: $0, at: mark) }
        ).rows()
        var set = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: record.withTimes, progress: progress,
            history: { try self.history(of: $0, at: mark) }
        ).build(for: rows.entities)
        set.split = rows.split
        if let encoding = record.encoding {
            let state = try encoderState(of: encoding.service, version: encoding.version)
            set.table = try encode(
                set.table, with: state, origin: "the training set", layout: encoding.layout,
                trainRows: set.split?.trainRows)
        }
        record.rows = set.table.rowCount
        record.split = rows.split
        record.coverage = set.coverage
        record.seconds = (ContinuousClock.now - clock).inSeconds
        return set
    }
}

// MARK: - Again

extension FeatureStore {
    /// The definitions that a recorded training set was made with, once nothing speaks against making it again.
    ///
    /// - Parameter given: the rows that were given in memory, if some were.
    func definitionsToRepeat(_ record: TrainingSetRecord, _ id: Int64, given: Table?) throws -> Definitions {
        if let obstacle = try obstacle(to: record, id, isThorough: true) { throw StoreError.badRequest(obstacle) }
        try Self.check(given, for: record, id)
        guard let definitions = try catalog.definitions(version: record.definitionsVersion) else {
            throw StoreError.badRequest("training set \(id) was made with definitions that the catalog no longer has")
        }
        return definitions
    }

    /// Whether rows that were given in memory are given again: the same values.
    private static func check(_ given: Table?, for record: TrainingSetRecord, _ id: Int64) throws(StoreError) {
        guard let name = record.entities.givenName else {
            guard given == nil else {
                throw .badRequest("training set \(id) was made of \(record.entities), not of rows in memory: give none")
            }
            return
        }
        guard let given else {
            let size = record.given.map { " (\($0.rows) rows)" } ?? ""
            throw .badRequest(
                "training set \(id) was made of rows given in memory, \(name)\(size), which are not kept: give the same rows, "
                    + "as a frame with training_set(again=\(id), entities=…) in Python, or as a file with --entities FILE"
            )
        }
        if let difference = record.given?.difference(to: TableDigest(of: given)) {
            throw .badRequest(
                "the rows given are not those that training set \(id) was made of: \(difference); give the same rows in the "
                    + "same order")
        }
    }

    /// Whether a table has the recorded values; nil where nothing is known.
    static func compare(_ table: Table, with recorded: TrainingSetRecord, _ id: Int64) throws(StoreError) -> Bool? {
        guard let before = recorded.result else { return nil }
        let now = TableDigest(of: table).description
        guard now == before else {
            throw .badRequest(
                "training set \(id) came out with other values (\(now) where \(before) is recorded\(versions(recorded)))"
            )
        }
        return true
    }

    /// Which versions made it then and make it now, if they are two.
    static func versions(_ recorded: TrainingSetRecord) -> String {
        recorded.version == version
            ? "" : ", made by fstore \(recorded.version ?? "of an earlier version") and now by \(version)"
    }
}
