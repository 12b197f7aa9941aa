import Columnar

extension FeatureStore {
    /// Makes a training set, writes it to a file, and keeps a record of it if this user may write to the store.
    ///
    /// - Parameters:
    ///   - recipe: where the entity rows come from.
    ///   - output: a Parquet or CSV file, by its name. The parts of a split are written to files called after it:
    ///     `NAME-train.parquet` and `NAME-test.parquet`.
    ///   - asOf: an earlier state of the history; by default the newest.
    public func writeTrainingSet(
        for selection: FeatureSelection, entities recipe: EntityRecipe, to output: String, timestamp: String? = nil,
        fullNames: Bool = false, withTimes: Bool = false, asOf: AsOf? = nil, progress: RowProgress? = nil
    ) throws -> TrainingSetSummary {
        let (version, definitions) = try applied()
        let service = try resolve(selection, in: definitions, fullNames: fullNames)
        var name: String?
        if case .service(let asked) = selection { name = asked }
        let views = Set(service.views.map(\.name) + recipe.views)
        let mark = try mark(asOf)
        var record = TrainingSetRecord(
            service: name,
            features: service.features.map {
                FeatureReference(view: $0.view.name, feature: $0.feature.name).description
            },
            definitionsVersion: version, snapshot: mark.snapshot,
            pushes: mark.sequences.filter { views.contains($0.key) }, pushedBy: mark.pushedBy,
            entities: recipe.withAbsolutePaths(),
            timestampColumn: timestamp, fullNames: fullNames, withTimes: withTimes, made: Timestamp.now, rows: 0,
            coverage: [], inputs: [], output: TableFile.absolutePath(output), outputs: [], version: FeatureStore.version
        )
        let made = try make(&record, definitions: definitions, to: output, progress)
        let outputs = try made.files.map { file throws(DataError) in try file.keep() }
        record.outputs = outputs.map { file in
            FileRecord(path: TableFile.absolutePath(file.path), rows: file.rows, checksum: file.checksum)
        }
        let id = isReadOnly ? nil : try catalog.addTrainingSet(record)
        return TrainingSetSummary(id, record, made, outputs)
    }

    /// Writes a recorded training set once more: the same bytes.
    ///
    /// - Parameters:
    ///   - output: instead of the recorded file.
    ///   - entities: the entity file, where it lies elsewhere now.
    /// - Throws: if its inputs changed, or the snapshot can no longer be read. If other bytes come out, they are kept
    ///   under a name of their own, and the error says so.
    public func writeTrainingSetAgain(
        _ id: Int64, to output: String?, entities: String? = nil, progress: RowProgress? = nil
    ) throws -> TrainingSetSummary {
        var record = try trainingSetRecord(id)
        let recorded = record
        if let entities { record.entities = try record.entities.reading(entities).withAbsolutePaths() }
        if let obstacle = try obstacle(to: record, id, isThorough: true) { throw StoreError.badRequest(obstacle) }
        guard let definitions = try catalog.definitions(version: record.definitionsVersion),
            let path = output ?? record.output ?? record.outputs.first?.path
        else { throw StoreError.badRequest("training set \(id) does not say where it was written; add --out FILE") }
        let made = try make(&record, definitions: definitions, to: path, progress)
        let isIdentical = try Self.compare(made.files, with: recorded, id)
        let outputs = try made.files.map { file throws(DataError) in try file.keep() }
        var summary = TrainingSetSummary(id, record, made, outputs)
        summary.isIdentical = isIdentical
        return summary
    }

    struct MadeTrainingSet {
        /// Written, and not yet kept.
        var files: [OutputFile]
        var features: Int
    }

    /// Makes the training set of `record` and notes in it what came out.
    private func make(
        _ record: inout TrainingSetRecord, definitions: Definitions, to output: String, _ progress: RowProgress?
    ) throws -> MadeTrainingSet {
        let clock = ContinuousClock.now
        let isSplit = record.entities.split != nil
        let paths = isSplit ? ["train", "test"].map { OutputFile.path(output, with: $0) } : [output]
        for path in paths { try OutputFile.check(path) }
        record.inputs = try record.entities.inputPaths.map { path throws(DataError) in
            FileRecord(path: path, checksum: try Checksum(ofFile: path).description)
        }
        for path in paths {
            guard let input = record.inputs.first(where: { $0.path == TableFile.absolutePath(path) }) else { continue }
            throw StoreError.badRequest("\(path): --out would overwrite \(input.path); name another file")
        }
        let references = record.features.compactMap(FeatureReference.init)
        let service = try ResolvedService(references: references, in: definitions, fullNames: record.fullNames)
        let mark = record.mark
        let rows = try RecipeRows(
            record.entities, service: service, definitions: definitions, timestamp: record.timestampColumn,
            history: { try self.history(of: $0, at: mark) }
        ).rows()
        let set = try TrainingSetBuilder(
            service: service, definitions: definitions, withTimes: record.withTimes, progress: progress,
            history: { try self.history(of: $0, at: mark) }
        ).build(for: rows.entities)
        let count = set.table.rowCount
        let ends = rows.split.map { [0, $0.trainRows, count] } ?? [0, count]
        let files = try paths.indices.map { i throws(DataError) in
            try OutputFile(set.table.slice(ends[i]..<ends[i + 1]), for: paths[i])
        }
        record.rows = count
        record.split = rows.split
        record.coverage = set.coverage
        record.seconds = (ContinuousClock.now - clock).inSeconds
        return MadeTrainingSet(files: files, features: service.features.count)
    }

    /// Whether the files have the recorded bytes; nil where they are not of the recorded format, or nothing is known.
    private static func compare(_ files: [OutputFile], with recorded: TrainingSetRecord, _ id: Int64) throws -> Bool? {
        for (file, before) in zip(files, recorded.outputs) {
            guard let checksum = before.checksum, TableFile.hasSameFormat(file.path, before.path) else { return nil }
            if checksum == file.checksum.description { continue }
            let aside = OutputFile.path(file.path, with: "differs")
            try file.keep(as: aside)
            let versions =
                recorded.version == FeatureStore.version
                ? ""
                : ", made by fstore \(recorded.version ?? "of an earlier version") and now by \(FeatureStore.version)"
            throw StoreError.badRequest(
                "training set \(id) came out with other bytes (\(file.checksum) where \(checksum) is recorded\(versions)); "
                    + "they are kept as \(aside), and \(file.path) is as it was")
        }
        return true
    }
}

extension TrainingSetSummary {
    fileprivate init(
        _ id: Int64?, _ record: TrainingSetRecord, _ made: FeatureStore.MadeTrainingSet, _ outputs: [FileRecord]
    ) {
        self.init(
            id: id, rows: record.rows, features: made.features, bytes: made.files.reduce(0) { $0 + $1.bytes },
            seconds: record.seconds ?? 0, snapshot: record.snapshot, outputs: outputs, coverage: record.coverage,
            split: record.split)
    }
}
