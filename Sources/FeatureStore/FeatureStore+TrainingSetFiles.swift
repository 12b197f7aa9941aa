import Columnar

extension FeatureStore {
    /// Makes a training set, writes it to a file, and keeps a record of it if this user may write to the store.
    ///
    /// - Parameters:
    ///   - recipe: where the entity rows come from.
    ///   - output: a Parquet or CSV file, by its name. The parts of a split are written to files called after it:
    ///     `NAME-train.parquet` and `NAME-test.parquet`.
    ///   - asOf: an earlier state of the history; by default the newest.
    ///   - encoding: fitted encoders by which the features become numbers.
    public func writeTrainingSet(
        for selection: FeatureSelection, entities recipe: EntityRecipe, to output: String, timestamp: String? = nil,
        fullNames: Bool = false, withTimes: Bool = false, asOf: AsOf? = nil, encoding: RecordedEncoding? = nil,
        progress: RowProgress? = nil
    ) throws -> TrainingSetSummary {
        var (record, definitions) = try newRecord(
            for: selection, entities: recipe, timestamp: timestamp, fullNames: fullNames, withTimes: withTimes,
            asOf: asOf)
        record.encoding = encoding
        record.output = TableFile.absolutePath(output)
        let made = try write(&record, definitions: definitions, to: output, progress)
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
        let given = try entities.flatMap { try rowsGiven(to: record, in: $0) }
        if let entities, given == nil { record.entities = try record.entities.reading(entities).withAbsolutePaths() }
        let definitions = try definitionsToRepeat(record, id, given: given)
        guard let path = output ?? record.output ?? record.outputs.first?.path else {
            throw StoreError.badRequest("training set \(id) was made in memory; say where to write it with --out FILE")
        }
        let made = try write(&record, definitions: definitions, to: path, given: given, progress)
        let hasSameValues = try Self.compare(made.table, with: recorded, id)
        let isIdentical = try Self.compare(made.files, with: recorded, id)
        let outputs = try made.files.map { file throws(DataError) in try file.keep() }
        var summary = TrainingSetSummary(id, record, made, outputs)
        summary.isIdentical = isIdentical
        summary.hasSameValues = hasSameValues
        return summary
    }

    /// The rows of a file, for a set that was made of rows in memory; nil for any other.
    private func rowsGiven(to record: TrainingSetRecord, in path: String) throws -> Table? {
        guard record.entities.givenName != nil,
            let definitions = try catalog.definitions(version: record.definitionsVersion)
        else { return nil }
        let service = try ResolvedService(
            references: record.features.compactMap(FeatureReference.init), in: definitions, fullNames: record.fullNames)
        return try TableFile.read(path, declared: service.columnTypes(service.joinKeys(in: definitions)))
    }

    struct MadeTrainingSet {
        /// Written, and not yet kept.
        var files: [OutputFile]
        var table: Table
        var features: Int
    }

    /// Makes the training set of `record`, writes it to files, and notes in the record what came out.
    private func write(
        _ record: inout TrainingSetRecord, definitions: Definitions, to output: String, given: Table? = nil,
        _ progress: RowProgress?
    ) throws -> MadeTrainingSet {
        let clock = ContinuousClock.now
        let isSplit = record.entities.split != nil
        let paths = isSplit ? ["train", "test"].map { OutputFile.path(output, with: $0) } : [output]
        for path in paths { try OutputFile.check(path) }
        record.inputs = try inputs(of: record.entities)
        for path in paths {
            guard let input = record.inputs.first(where: { $0.path == TableFile.absolutePath(path) }) else { continue }
            throw StoreError.badRequest("\(path): --out would overwrite \(input.path); name another file")
        }
        let set = try make(&record, definitions: definitions, given: given, progress)
        let count = set.table.rowCount
        let ends = set.split.map { [0, $0.trainRows, count] } ?? [0, count]
        let files = try paths.indices.map { i throws(DataError) in
            try OutputFile(set.table.slice(ends[i]..<ends[i + 1]), for: paths[i])
        }
        record.seconds = (ContinuousClock.now - clock).inSeconds
        return MadeTrainingSet(files: files, table: set.table, features: set.features.count)
    }

    /// Whether the files have the recorded bytes; nil where they are not of the recorded format, or nothing is known.
    private static func compare(_ files: [OutputFile], with recorded: TrainingSetRecord, _ id: Int64) throws -> Bool? {
        if recorded.outputs.isEmpty { return nil }
        for (file, before) in zip(files, recorded.outputs) {
            guard let checksum = before.checksum, TableFile.hasSameFormat(file.path, before.path) else { return nil }
            if checksum == file.checksum.description { continue }
            let aside = OutputFile.path(file.path, with: "differs")
            try file.keep(as: aside)
            throw StoreError.badRequest(
                "training set \(id) came out with other bytes (\(file.checksum) where \(checksum) is recorded\(versions(recorded))); "
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
